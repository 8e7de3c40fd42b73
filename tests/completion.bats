#!/usr/bin/env bats
# The completion scripts, each in its shell.

load lib/common

setup()
{
	common_setup
	needs zsh fish bash-completion
	mailnet completion bash >mailnet.bash
	mailnet completion zsh >_mailnet
	mailnet completion fish >mailnet.fish
	mkdir work
	cd work || return
	touch 'letter one.eml' 'a*b'
}

# typed TEXT WORDS: with TEXT and a TAB, bash and zsh call mailnet with WORDS (<a><b>).
typed()
{
	local shell script
	for shell in bash zsh; do
		script=$BATS_TEST_TMPDIR/mailnet.bash
		[ "$shell" = bash ] || script=$BATS_TEST_TMPDIR/_mailnet
		run timeout 30 zsh -f "$top_srcdir/tests/lib/complete.zsh" "$shell" "$script" "$1"
		assert_success
		assert_output "$2"
	done
}

# offered TEXT WORD...: fish offers these words, and no others that begin with the last word of TEXT. After those, fish
# 4 lists words that contain it.
offered()
{
	local text=$1 last=${1##* } word words=()
	shift
	# shellcheck disable=SC2016 # fish expands them
	run fish --no-config -c 'source $argv[1]; complete -C $argv[2]' ../mailnet.fish "$text"
	assert_success
	while IFS=$'\t' read -r word _; do
		[[ $word != "$last"* ]] || words+=("$word")
	done <<<"$output"
	assert_equal "$(printf '%s\n' "${words[@]}")" "$(printf '%s\n' "$@")"
}

@test "completion: the scripts have no syntax errors" {
	bash -n ../mailnet.bash
	zsh -n ../_mailnet
	fish -n ../mailnet.fish
}

@test "completion: an unknown shell is a usage error" {
	run mailnet completion csh
	assert_failure 64
	assert_output "mailnet: completion: no script for 'csh' (bash, zsh and fish have one)"
	run mailnet completion
	assert_failure 64
}

@test "completion: protocols and verbs are offered" {
	typed 'mailnet nn' '<nntp>'
	typed 'mailnet nntp capa' '<nntp><capabilities>'
	typed 'mailnet help nntp capa' '<help><nntp><capabilities>'
	typed 'mailnet pop -s pops://mail.example.org:995 dra' '<pop><-s><pops://mail.example.org:995><drain>'
	typed "mailnet nntp --tunnel 'ssh host' capa" '<nntp><--tunnel><ssh host><capabilities>'
	typed 'mailnet completion f' '<completion><fish>'
	offered 'mailnet nn' nntp
	offered 'mailnet nntp capa' capabilities
	offered 'mailnet help nntp capa' capabilities
	offered 'mailnet pop -s pops://mail.example.org:995 dra' drain
	offered 'mailnet completion ' bash fish zsh
}

@test "completion: a link to an applet is completed like the applet" {
	typed 'nntp capa' '<capabilities>'
	offered 'nntp capa' capabilities
}

@test "completion: options of the connection and of the verb are offered" {
	typed 'mailnet nntp --pass' '<nntp><--password->'
	typed 'mailnet nntp --tls im' '<nntp><--tls><implicit>'
	typed 'mailnet nntp over --tls=im' '<nntp><over><--tls=implicit>'
	typed 'mailnet nntp over --dec' '<nntp><over><--decode>'
	typed 'mailnet nntp over group --dec' '<nntp><over><group><--decode>'
	offered 'mailnet nntp --password-' --password-command --password-fd
	offered 'mailnet nntp --tls im' implicit
	offered 'mailnet nntp over --dec' --decode
	offered 'mailnet pop over --dec'
	offered 'mailnet pop --hel' --help
}

# Options that run a command or name the configuration are refused after the verb (see foreign.bats).
@test "completion: options that run commands are offered before the verb only" {
	local option shell script
	for option in tunnel password-command auth-command config; do
		for shell in bash zsh; do
			script=$BATS_TEST_TMPDIR/mailnet.bash
			[ "$shell" = bash ] || script=$BATS_TEST_TMPDIR/_mailnet
			run timeout 30 zsh -f "$top_srcdir/tests/lib/complete.zsh" "$shell" "$script" "mailnet pop --${option%???}"
			assert_output --regexp "^<pop><--$option=?>$"
		done
		offered "mailnet pop --${option%???}" "--$option"
		typed "mailnet pop list --${option%???}" "<pop><list><--${option%???}>"
		offered "mailnet pop list --${option%???}" ''
	done
}

@test "completion: file names are offered, with blanks and stars in them" {
	typed 'mailnet nntp -o let' '<nntp><-o><letter one.eml>'
	typed 'mailnet nntp over --newsrc=let' '<nntp><over><--newsrc=letter one.eml>'
	typed 'mailnet nntp post let' '<nntp><post><letter one.eml>'
	typed 'mailnet smtp send -m let' '<smtp><send><-m><letter one.eml>'
	typed 'mailnet pop drain -d let' '<pop><drain><-d><letter one.eml>'
	typed 'mailnet nntp post a' '<nntp><post><a*b>'
	offered 'mailnet nntp post let' 'letter one.eml'
	offered 'mailnet smtp send -m let' 'letter one.eml'
	offered 'mailnet nntp over let'
}

@test "completion: the scripts are installed where each shell finds them" {
	local root=$BATS_TEST_TMPDIR/root
	# Drop the variables of a make that runs this test: they are meant for its own children.
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$top_builddir" DESTDIR="$root" prefix=/usr \
		install-data
	assert_equal "$(ls -A "$root/usr/share/bash-completion/completions")" "$({ echo mailnet; mailnet --list; } | sort)"
	# shellcheck disable=SC2016 # the shells expand them
	{
		run env XDG_DATA_DIRS="$root/usr/share" bash --norc -c '
			. /usr/share/bash-completion/bash_completion
			_completion_loader mailnet
			complete -p mailnet'
		assert_success
		assert_output --regexp '^complete .*mailnet$'
		# The first Tab after each name works, in a shell that has not loaded a script yet.
		for name in $(mailnet --list); do
			run env XDG_DATA_DIRS="$root/usr/share" bash --norc -c '
				. /usr/share/bash-completion/bash_completion
				_completion_loader "$1"
				complete -p "$1"' bash "$name"
			assert_success
			assert_output --regexp "^complete -F _mailnet $name$"
		done
		run zsh -f -c 'fpath=($1/usr/share/zsh/site-functions $fpath); autoload -U compinit
			compinit -u -D; for name in $@[2,-1]; do print $_comps[$name]; done' zsh "$root" mailnet nntp pop smtp sendmail mailq newaliases
		assert_success
		assert_output "$({ echo mailnet; mailnet --list; } | sed 's/.*/_mailnet/')"
		run env XDG_DATA_DIRS="$root/usr/share" PATH="$top_builddir:$PATH" fish -c 'complete -C "mailnet nn"'
		assert_success
		assert_output --regexp '^nntp'
	}
}

@test "completion: --with-zsh-completions names the directory, uninstall removes every file" {
	local root=$BATS_TEST_TMPDIR/root
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$top_builddir" DESTDIR="$root" zshcompdir=/elsewhere install
	assert_file_exists "$root/elsewhere/_mailnet"
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$top_builddir" DESTDIR="$root" zshcompdir=/elsewhere uninstall
	assert_equal "$(find "$root" ! -type d)" ''
	run "$top_srcdir/configure" --help
	assert_line --regexp '^ *--with-zsh-completions=DIR'
}

@test "completion: the options of sendmail and mailq are offered under each name" {
	typed 'mailnet sendmail -b' '<sendmail><-b>'
	typed 'mailnet sendmail -o' '<sendmail><-oi>'
	typed 'mailnet sendmail -R fu' '<sendmail><-R><full>'
	typed 'mailnet sendmail -f me@example.org -R h' '<sendmail><-f><me@example.org><-R><hdrs>'
	typed 'mailnet sendmail -q -o' '<sendmail><-q><-oi>'
	offered 'mailnet sendmail -b' -bi -bm -bp -bs
	offered 'sendmail -b' -bi -bm -bp -bs
	offered 'sendmail -R fu' full
	offered 'mailq -' -v
	# shellcheck disable=SC2016 # for the other bash
	printf '%s\n' '. ../mailnet.bash' 'COMP_WORDS=(sendmail -) COMP_CWORD=1 COMP_LINE="sendmail -" COMP_POINT=10' \
		_mailnet 'echo "${COMPREPLY[@]}"' >script
	run bash --norc script
	assert_output "$(mailnet help sendmail | sed -n 's/^  \(-[a-zA-Z]*\).*/\1/p' | xargs)"
}
