#!/usr/bin/env bats
# The name of this host, in EHLO and in addresses without a domain: from gethostname, /etc/hosts or the resolver.

bats_require_minimum_version 1.5.0
load lib/common
load lib/server

setup()
{
	needs namespaces
	common_setup
	mkdir -p bin "$HOME/.config/mailnet"
	"$MAILNET" --install -s "$PWD/bin"
	: >names
}

# on_host NAME LINE COMMAND...: on a host with this name and, in /etc/hosts, this line; the file `names` is its DNS.
on_host()
{
	local user=()
	[ "$EUID" -eq 0 ] || user=(-r)
	printf '127.0.0.1 localhost\n%s\n' "$2" >hosts
	# shellcheck disable=SC2016 # of the inner shell
	unshare -um "${user[@]}" sh -c 'hostname "$0" && mount --bind hosts /etc/hosts && exec "$@"' \
		"$1" "${@:3}"
}

# with_dns COMMAND...: names that are not in /etc/hosts are looked up in the file `names`.
with_dns()
{
	NAMES=$PWD/names ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0 LD_PRELOAD=$top_builddir/tests/names.so "$@"
}

# ehlo NAME LINE: the argument of EHLO on this host, to a server on loopback.
ehlo()
{
	start_script <<-'END'
		S: 220 mx.example ESMTP
		C~ EHLO .*
		S: 250 mx.example
		C: QUIT
		S: 221 bye
	END
	with_dns on_host "$1" "$2" "$MAILNET" smtp -s "smtp://127.0.0.1:$PORT" -vv ehlo 2>&1 | sed -n 's/.*EHLO //p'
	stop_servers
}

@test "own name: EHLO has the full name, from gethostname or /etc/hosts" {
	assert_equal "$(ehlo full.example.org '')" full.example.org
	assert_equal "$(ehlo short '127.0.1.1 short.example.org short # comment')" short.example.org
	assert_equal "$(ehlo short $'# 192.0.2.1 short.bad.example short\n192.0.2.1\tOther Short.Example.ORG\n::1 a.example SHORT')" a.example
	assert_equal "$(ehlo short $'192.0.2.9 first.example\tshort\n192.0.2.9 second.example short')" first.example
}

@test "own name: without a full name EHLO has an address literal" {
	local line
	for line in '127.0.1.1 short' '127.0.1.1 short short.example.org' '127.0.0.1 localhost.localdomain localhost short' \
		'127.0.1.1 192.0.2.1 short' '127.0.1.1 a..b short' '127.0.1.1 .b short' '127.0.1.1 under_score.example short'; do
		assert_equal "$line: $(ehlo short "$line")" "$line: [127.0.0.1]"
	done
	assert_equal "$(ehlo localhost '127.0.0.1 a.example.org localhost')" '[127.0.0.1]'
	assert_equal "$(ehlo 192.0.2.1 '')" '[127.0.0.1]'
	if can glibc; then
		# The name does not matter to a server on this host, so the resolver is not asked.
		echo 'silent short' >names
		assert_equal "$(ehlo short '')" '[127.0.0.1]'
	fi
}

@test "own name: for EHLO to another host the resolver is asked" {
	needs glibc
	cat >there.py <<-'END'
		# there.py COMMAND...: print the command that COMMAND HOST:PORT sends to a server that is not on loopback.
		import fcntl, socket, struct, subprocess, sys
		control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 0x49))
		address = struct.pack("=H2x4s8x", socket.AF_INET, socket.inet_aton("192.0.2.7"))
		fcntl.ioctl(control, 0x8916, struct.pack("16s16s", b"lo:1", address))
		server = socket.create_server(("192.0.2.7", 0))
		child = subprocess.Popen(sys.argv[1:] + ["smtp://192.0.2.7:%d" % server.getsockname()[1], "ehlo"],
		    stdout=subprocess.DEVNULL)
		client, _ = server.accept()
		client.sendall(b"220 mx.example\r\n")
		print(client.recv(1000).decode().strip(), flush=True)
		client.sendall(b"250 mx.example\r\n")
		client.recv(1000)
		client.close()
		sys.exit(child.wait())
	END
	local there=(with_dns on_host short '' unshare -n python3 there.py "$MAILNET" smtp --no-netrc -s)
	echo '192.0.2.7 short short.dns.example' >names
	assert_equal "$("${there[@]}")" 'EHLO short.dns.example'
	echo '192.0.2.7 short' >names
	assert_equal "$("${there[@]}")" 'EHLO [192.0.2.7]'
	# A resolver that fails, and one that does not answer.
	echo 'again short' >names
	assert_equal "$("${there[@]}")" 'EHLO [192.0.2.7]'
	echo 'silent short' >names
	assert_equal "$("${there[@]}")" 'EHLO [192.0.2.7]'
}

# sends LINE: sendmail sends a message of cron on the host `short`, and prints sender and recipients.
sends()
{
	mkdir -p served
	start_folder served --smtp
	printf '[sendmail]\nserver = smtp://127.0.0.1:%s\n' "$SMTP_PORT" >"$HOME/.config/mailnet/config"
	with_dns on_host short "$1" bin/sendmail -i -FCronDaemon root <cron
	tr '\r\n' '  ' <served/sent/1.env
	tr -d '\r' <served/sent/1.eml | sed -n 's/^Message-ID: .*@/@/p'
	rm -rf served
	stop_servers
}

@test "own name: the default of domain is the full name, else the short one" {
	printf 'From: root (Cron Daemon)\nTo: root\nSubject: Cron\n\nout\n' >cron
	run sends '127.0.1.1 short.example.org short'
	assert_output --regexp '^root@short\.example\.org +root@short\.example\.org +@short\.example\.org>'
	run sends '127.0.1.1 short'
	assert_output --regexp '^root@short +root@short +@short>'
	needs glibc
	echo '192.0.2.7 short short.dns.example' >names
	run sends ''
	assert_output --regexp '^root@short\.dns\.example +root@short\.dns\.example +@short\.dns\.example>'
}

@test "own name: a message that needs no domain is sent without asking the resolver" {
	needs glibc strace
	printf 'From: a@x.example\nDate: x\nMessage-ID: <a@b>\n\nout\n' >in
	mkdir served
	start_folder served --smtp
	echo 'silent short' >names
	MAILNET_SMTP=smtp://127.0.0.1:$SMTP_PORT with_dns on_host short '' strace -f -qq -e trace=openat -o trace \
		bin/sendmail b@x.example <in
	assert_file_exist served/sent/1.eml
	refute grep -q "$PWD/names" trace
}
