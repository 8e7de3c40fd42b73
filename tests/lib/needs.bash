# shellcheck shell=bash
# Requirements of single tests beyond a compiler, bats and common tools: how to detect and how to provide each.
#
#   needs strace                in a test: skip it, with the reason, where the machine cannot do that
#   file_needs=(dovecot inn)    in a file: the same for each of its tests (common_setup)
#   can dovecot inn             true if the machine can do all of them
#   bash tests/lib/needs.bash   print one line that names all that is missing; no output if nothing is missing
#
# An ordinary user whose sudo asks for no password lacks neither root nor inspect: tests/run repeats those tests as root.

# Every need: NAME, a colon, how to provide it.
needs_table()
{
	cat <<-END
		dovecot:install dovecot-pop3d, dovecot-lmtpd, dovecot-submissiond and dovecot-gssapi
		postfix:install postfix and sasl2-bin, and run as root or with a sudo that asks for no password
		inn:install inn2, and run as root or with a sudo that asks for no password
		mailutils:install mailutils-pop3d, and run as root or allow user namespaces
		root:run as root, or with a sudo that asks for no password
		inspect:run as root with SYS_PTRACE (in a container: --cap-add SYS_PTRACE)
		kdc:install krb5-kdc and krb5-admin-server
		strace:install strace and allow ptrace(2) (in a container: --cap-add SYS_PTRACE)
		namespaces:run as root with SYS_ADMIN (in a container: --cap-add SYS_ADMIN) or allow user namespaces
		glibc:use glibc, whose sources of host names a test can replace
		git-email:install git-email
		s-nail:install s-nail
		softhsm2:install softhsm2
		dovecot-lda:install dovecot-core
		procmail:install procmail
		maildrop:install maildrop
		cron:install cron
		at:install at
		logrotate:install logrotate
		php:install php-cli
		bsd-mailx:install bsd-mailx
		ca-certificates:install ca-certificates
		curl:install curl
		jq:install jq
		mandoc:install mandoc
		parallel:install parallel
		python3:install python3
		openssl:install openssl
		time:install time
		zsh:install zsh
		fish:install fish
		bash-completion:install bash-completion
	END
}

can_become_root()
{
	[ "$EUID" -eq 0 ] || sudo -n true 2>/dev/null
}

can_one()
{
	case $1 in
	dovecot) [ -x /usr/sbin/dovecot ] && [ -x /usr/lib/dovecot/lmtp ] && [ -x /usr/lib/dovecot/submission ] ;;
	postfix) [ -x /usr/lib/postfix/sbin/master ] && [ -x /usr/sbin/saslpasswd2 ] && can_become_root ;;
	inn) [ -x /usr/lib/news/bin/nnrpd ] && can_become_root ;;
	mailutils)
		[ -x /usr/sbin/pop3d ] && { [ "$EUID" -eq 0 ] || unshare -rm true 2>/dev/null; }
		;;
	root) [ "$EUID" -eq 0 ] ;;
	# The right to read memory and descriptors of a process that refuses core dumps. CAP_SYS_PTRACE is bit 19.
	inspect) [ $((16#$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status) >> 19 & 1)) -eq 1 ] ;;
	kdc) [ -x /usr/sbin/krb5kdc ] && [ -x /usr/sbin/kadmin.local ] ;;
	strace) strace -qq -o /dev/null true 2>/dev/null ;;
	namespaces)
		# shellcheck disable=SC2046 # an option or none
		unshare -mn $([ "$EUID" -eq 0 ] || echo -r) true 2>/dev/null
		;;
	glibc) getconf GNU_LIBC_VERSION >/dev/null 2>&1 ;;
	git-email) [ -x "$(git --exec-path 2>/dev/null)/git-send-email" ] ;;
	softhsm2) command -v softhsm2-util >/dev/null && command -v p11tool >/dev/null ;;
	dovecot-lda) [ -x /usr/lib/dovecot/dovecot-lda ] ;;
	ca-certificates) [ -s /etc/ssl/certs/ca-certificates.crt ] ;;
	bash-completion) [ -r /usr/share/bash-completion/bash_completion ] ;;
	cron | logrotate) [ -x "/usr/sbin/$1" ] ;;
	at) [ -x /usr/bin/at ] && [ -x /usr/sbin/atd ] ;;
	*) type -P "$1" >/dev/null ;; # not the keyword time of bash
	esac
}

can()
{
	local need
	for need; do
		can_one "$need" || return 1
	done
}

needs()
{
	local need
	for need; do
		can_one "$need" || skip "needs $need: $(needs_table | sed -n "s/^$need://p")"
	done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	needs_table | while IFS=: read -r need how; do
		[[ $EUID != 0 && $need == @(root|inspect) ]] && can_become_root && continue
		can_one "$need" || printf '%s: %s\n' "$need" "$how"
	done | paste -sd ';' | sed 's/;/; /g'
fi
