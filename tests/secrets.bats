#!/usr/bin/env bats
# Secrets are hidden in all output, in whatever form and whenever a server repeats them, and are not in core dumps.
# shellcheck disable=SC2016,SC2153 # commands for other shells; PORT comes from the fixtures

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe

secret=Hunter2secret

setup()
{
	common_setup
	write_netrc localhost alice "$secret"
}

# forms: the secret as a server may repeat it, one form a line.
forms()
{
	printf '%s\n' "$secret" "${secret^^}" "${secret,,}"
	printf %s "$secret" | od -An -tx1 | tr -d ' \n'
	echo
	printf %s "$secret" | od -An -tx1 | tr -d ' \n' | tr a-f A-F
	echo
	local before
	for before in '' a ab abc alice; do
		printf '%s%s and more' "$before" "$secret" | base64 -w 0
		echo
	done
	printf '\0alice\0%s' "$secret" | base64 -w 0
	echo
}

# shows_no_secret FILE...: the files contain no form of the secret and no 12 consecutive characters of one (base64 of
# text around the secret is harmless).
shows_no_secret()
{
	run ! grep -aiF -e "$secret" "$@"
	run ! grep -aiF -e "$(printf %s "$secret" | od -An -tx1 | tr -d ' \n')" "$@"
	local shift
	for shift in 0 1 2; do
		local b64
		b64=$(head -c "$shift" /dev/zero | cat - <(printf %s "$secret") | base64 -w 0)
		run ! grep -aF -e "${b64:4:12}" "$@"
	done
}

@test "secrets: a secret that a server repeats later is in no trace, transcript or error, in any encoding" {
	local proto form
	while IFS= read -r form; do
		for proto in "${protocols[@]}"; do
			{
				greeting "$proto"
				case $proto in
				nntp)
					capabilities nntp 'AUTHINFO USER'
					printf 'C: AUTHINFO USER alice\nS: 381 more\nC: AUTHINFO PASS %s\nS: 281 in\n' "$secret"
					printf 'C: HELP\nS: 100 you know %s\nS: line %s\nS: .\nC: GROUP a.b\nS: 411 no %s\n' "$form" "$form" "$form"
					;;
				pop)
					capabilities pop USER
					printf 'C: USER alice\nS: +OK\nC: PASS %s\nS: +OK\n' "$secret"
					printf 'C: NOOP\nS: +OK you know %s\nC: NOOP\nS: -ERR no %s\n' "$form" "$form"
					;;
				smtp)
					capabilities smtp 'AUTH PLAIN'
					echo "sasl PLAIN alice $secret smtp"
					printf 'C: NOOP\nS: 250-you know %s\nS: 250 %s\nC: VRFY bob\nS: 550 no %s\n' "$form" "$form" "$form"
					;;
				esac
				goodbye "$proto"
			} >script
			case $proto in
			nntp) printf 'help\ngroup a.b\n' ;;
			pop) printf 'noop\nnoop\n' ;;
			smtp) printf 'noop\nvrfy bob\n' ;;
			esac >verbs
			rm -f transcript
			tunnel_script <script
			run --separate-stderr mailnet "$proto" -s "$proto://localhost" -vv --transcript transcript --tunnel "$TUNNEL" -b verbs
			case $proto in
			nntp) assert_failure 1 ;;
			pop) assert_failure 69 ;;
			smtp) assert_failure 1 ;;
			esac
			assert_script_ok
			printf '%s\n' "$stderr" >err
			shows_no_secret err transcript
			grep -aF '***' err
			grep -aF '***' transcript
			# The record of a failure does not show it either.
			tunnel_script <script
			run --separate-stderr mailnet "$proto" -s "$proto://localhost" --json --tunnel "$TUNNEL" -b verbs
			printf '%s\n' "$output" | tail -n 1 >out
			grep -aF '"text": ' out
			shows_no_secret out
		done
	done < <(forms)
}

@test "secrets: a message that contains the password is printed unchanged, and hidden in the transcript only" {
	{
		greeting pop
		capabilities pop USER
		printf 'C: USER alice\nS: +OK\nC: PASS %s\nS: +OK\n' "$secret"
		printf 'C: RETR 1\nS: +OK\nS: Subject: %s\nS: \nS: .\n' "$secret"
		goodbye pop
	} >script
	tunnel_script <script
	run --separate-stderr mailnet pop -s pop://localhost --transcript transcript --tunnel "$TUNNEL" retr 1
	assert_success
	assert_line "Subject: $secret"
	shows_no_secret transcript
}

@test "secrets: group names that contain the password are still parsed" {
	rm "$HOME/.netrc"
	write_netrc localhost alice misc
	{
		greeting nntp
		capabilities nntp 'AUTHINFO USER'
		printf 'C: AUTHINFO USER alice\nS: 381 more\nC: AUTHINFO PASS misc\nS: 281 in\n'
		printf 'C: GROUP misc.test\nS: 211 1 1 1 misc.test\n'
		goodbye nntp
	} >script
	tunnel_script <script
	safe nntp -s nntp://localhost --tunnel "$TUNNEL" group misc.test
	assert_success
	assert_output '1 1 1 misc.test'
}

@test "secrets: a command that cannot be started is not printed" {
	needs strace
	local option
	for option in --password-command --tunnel; do
		LSAN_OPTIONS=detect_leaks=0 ASAN_OPTIONS=detect_leaks=0 run strace -f -qq -o /dev/null \
			-e inject=clone,clone3,fork,vfork:error=EAGAIN \
			"$MAILNET" nntp -s nntp://alice@localhost --no-netrc "$option" "echo $secret" date
		assert_failure 71
		assert_output --partial 'cannot start a command'
		refute_output --partial "$secret"
	done
}

@test "secrets: with a password the process cannot be dumped or traced, and its copy is locked where allowed" {
	start_script <<<stall
	local check='grep -q "Max core file size  *0  *0" /proc/$PID/limits'
	# The owner of its files in /proc is root once a process of another user is not dumpable.
	[ "$EUID" -eq 0 ] || check+=' && [ "$(stat -c %u /proc/$PID/environ)" = 0 ]'
	# dd: not in core dumps; lo: locked, which AddressSanitizer prevents.
	! can inspect || ! memory_counts || check+=' && grep -q "^VmFlags:.* lo .*dd" /proc/$PID/smaps'
	run "$top_srcdir/tests/lib/struck" TERM "$check" \
		"$MAILNET" nntp -s "nntp://alice@127.0.0.1:$PORT" --no-netrc --password-command "echo $secret" date
	assert_output 'died by SIGTERM'
}
