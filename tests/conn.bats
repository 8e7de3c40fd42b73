#!/usr/bin/env bats
# Connecting, and how runs end: addresses, names, timeouts, signals.
# shellcheck disable=SC2016,SC2030,SC2031 # commands for other shells; each test is a process of its own

bats_require_minimum_version 1.5.0
load lib/common
load lib/server
load lib/safe

teardown()
{
	end_background
	stop_servers
}

hello='S: 200 hello
C: QUIT
S: 205 bye'

# timed COMMAND...: run it and set $took to its time in milliseconds. The upper limits below are far more than a busy
# machine needs, and far less than the time without the tested limit.
timed()
{
	local from=${EPOCHREALTIME//[.,]/}
	"$@"
	took=$(((${EPOCHREALTIME//[.,]/} - from) / 1000))
}

# ---- addresses -----------------------------------------------------------------

@test "conn: connects by IPv4, IPv6 and names; -4 and -6 choose the family" {
	start_script <<<"$hello"
	safe nntp -s "nntp://127.0.0.1:$PORT" welcome
	assert_success
	start_script --listen6 <<<"$hello"
	safe nntp -s "nntp://[::1]:$PORT" welcome
	assert_success
	start_script <<<"$hello"
	safe nntp -4 -s "nntp://localhost:$PORT" welcome
	assert_success

	start_script <<<"$hello"
	safe nntp -6 -s "nntp://127.0.0.1:$PORT" welcome
	one_error 68 '127\.0\.0\.1'
	safe nntp -4 -s "nntp://[::1]:$PORT" welcome
	one_error 68 '::1'
	safe nntp -4 -6 -s "nntp://[::1]:$PORT" welcome
	one_error 64 'exclude'
}

@test "conn: a port without a listener exits 75, in both address families" {
	local port
	start_script <<<"$hello"
	port=$PORT
	stop_servers
	safe nntp -s "nntp://127.0.0.1:$port" welcome
	one_error 75 "127\.0\.0\.1: .*[Rr]efused"
	safe nntp -s "nntp://localhost:$port" welcome
	one_error 75 "localhost: .*[Rr]efused"
	safe nntp -s "nntp://[::1]:$port" welcome
	one_error 75 '[Rr]efused'
}

@test "conn: after an address that does not answer the next one is tried within a moment" {
	start_script <<<"$hello"
	in_background "$top_srcdir/tests/lib/blackhole" ::1 "$PORT"
	timed safe nntp --timeout 60 -v -s "nntp://localhost:$PORT" welcome
	assert_success
	[ "$took" -lt 30000 ]
	assert_script_ok
}

@test "conn: all addresses together share one timeout" {
	local port
	in_background "$top_srcdir/tests/lib/blackhole" ::1 0
	port=$(cat background)
	in_background "$top_srcdir/tests/lib/blackhole" 127.0.0.1 "$port"
	timed safe nntp --timeout 4 -s "nntp://localhost:$port" welcome
	one_error 75 'timed out connecting to port [0-9]+'
	[ "$took" -ge 3900 ] && [ "$took" -lt 7500 ]
}

@test "conn: the next address is tried at once when one refuses" {
	start_script <<<"$hello"
	safe nntp --timeout 60 -s "nntp://localhost:$PORT" welcome
	assert_success
	assert_script_ok
}

@test "conn: --bind accepts an own address with and without a port; a foreign or invalid one, or another family's, fails" {
	start_script <<<"$hello"
	in_background python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
	safe nntp --bind "127.0.0.1:$(cat background)" -s "nntp://localhost:$PORT" welcome
	assert_success
	start_script --listen6 <<<"$hello"
	safe nntp --bind ::1 -s "nntp://[::1]:$PORT" welcome
	assert_success
	safe nntp --bind ::1 -s "nntp://127.0.0.1:$PORT" welcome
	one_error 68 '127\.0\.0\.1'
	safe nntp --bind 192.0.2.1 -s "nntp://127.0.0.1:$PORT" welcome
	one_error 71 '--bind: '
	safe nntp --bind here -s "nntp://127.0.0.1:$PORT" welcome
	one_error 64 "--bind: 'here'"
	safe nntp -6 --bind 127.0.0.1 -s "nntp://[::1]:$PORT" welcome
	one_error 64 '--bind: .*IPv6'
	safe nntp --bind 127.0.0.1:70000 -s "nntp://127.0.0.1:$PORT" welcome
	one_error 64 '--bind'
}

@test "conn: the server sees the address that --bind names" {
	start_script <<<$'stall'
	"$MAILNET" nntp --bind 127.0.0.9 -s "nntp://127.0.0.1:$PORT" --timeout 20 welcome >out 2>&1 3>&- &
	background_pids+=($!)
	# A connection from 127.0.0.9 to the server's port, in the kernel's notation.
	wait_until 60 grep -qi "0900007F:.... 0100007F:$(printf %04X "$PORT")" /proc/net/tcp
}

@test "conn: a Unix socket is a server" {
	printf 'S: 220 mx ready\nmayclose\nC~ LHLO .*\nS: 250 mx\nC: QUIT\nS: 221 bye\n' >script
	start_script --listen-unix "$PWD/sock" <script
	safe smtp -s "lmtp://$PWD/sock" welcome
	assert_success
	safe smtp -s "lmtp://$PWD/none" welcome
	one_error 75 "cannot connect to .*none: No such file"
	safe smtp -s "lmtp:///$(printf 'x%.0s' {1..200})" welcome
	one_error 64 'too long'
}

@test "conn: --tunnel gets its arguments as words; a failed or silent tunnel exits 75" {
	tunnel_script <<<"$hello"
	safe nntp -s nntp://news.example.org --tls off --tunnel "$TUNNEL" welcome
	assert_success
	assert_script_ok
	safe nntp -s nntp://news.example.org --tunnel 'exit 3' welcome
	one_error 75 'closed the connection'
	safe nntp -s nntp://news.example.org --tunnel /no/such/command welcome
	assert_failure 75
	timed safe nntp -s nntp://news.example.org --timeout 1 --tunnel 'sleep 100' welcome
	one_error 75 'timed out'
	[ "$took" -lt 30000 ]
}

@test "conn: a tunnel that does not end by itself is killed with its children" {
	tunnel_script <<<"$hello"
	timed safe nntp -s nntp://localhost --tunnel "$TUNNEL; trap '' TERM; echo \$\$ >pid; sleep 100 & wait" welcome
	assert_success
	[ "$took" -lt 30000 ]
	run ! kill -0 "$(cat pid)"
}

@test "conn: the connection uses TCP keepalive and sends small writes at once" {
	needs strace
	start_script <<<stall
	safe_trace=$PWD/trace
	LSAN_OPTIONS=detect_leaks=0 ASAN_OPTIONS=detect_leaks=0 run strace -f -e trace=setsockopt -o "$safe_trace" "$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" --timeout 1 welcome
	assert_failure 75
	# Without this right strace cannot read the value and prints its address.
	local value='\[1\]'
	can inspect || value='(\[1\]|0x[0-9a-f]+)'
	grep -E "SO_KEEPALIVE, $value, \[?4\]?\) += 0" trace
	grep -E "TCP_NODELAY, $value, \[?4\]?\) += 0" trace
}

# ---- names -----------------------------------------------------------------------

@test "conn: an unknown host name exits 68" {
	needs glibc
	echo '127.0.0.1 known.example' >names
	run --separate-stderr with_names "$MAILNET" nntp -s nntp://unknown.example welcome
	one_error 68 '^mailnet nntp: unknown.example: '
	run --separate-stderr with_names "$MAILNET" nntp -6 -s nntp://known.example welcome
	one_error 68 'known.example'
}

@test "conn: a name that is not ASCII is resolved by its A-labels in every locale" {
	needs glibc
	echo '127.0.0.1 xn--bcher-kva.example' >names
	local locale
	for locale in C C.UTF-8; do
		start_script <<<"$hello"
		LC_ALL=$locale run --separate-stderr with_names "$MAILNET" nntp -s "nntp://bücher.example:$PORT" --tls off welcome
		assert_success
		assert_script_ok
	done
	run --separate-stderr with_names "$MAILNET" nntp -s "nntp://☃.example" welcome
	assert_failure 68
}

@test "conn: --timeout and --deadline end the wait for a resolver that does not answer" {
	needs glibc
	echo 'silent news.example.org' >names
	timed run --separate-stderr with_names "$MAILNET" nntp --timeout 2 -s nntp://news.example.org welcome
	one_error 75 'timed out resolving the host name'
	[ "$took" -ge 1900 ] && [ "$took" -lt 25000 ]
	timed run --separate-stderr with_names "$MAILNET" nntp --deadline 2 -s nntp://news.example.org welcome
	one_error 75 'deadline'
	[ "$took" -ge 1900 ] && [ "$took" -lt 25000 ]
}

@test "conn: a missing resolver exits 75, not 68" {
	needs glibc
	echo 'again news.example.org' >names
	run --separate-stderr with_names "$MAILNET" nntp -s nntp://news.example.org welcome
	one_error 75 'cannot resolve'
}

@test "conn: localhost is resolved without the hosts file" {
	needs glibc
	local n line
	for line in '' '192.0.2.1 localhost'; do
		echo "$line" >names
		for n in localhost LocalHost.; do
			start_script <<<"$hello"
			run --separate-stderr with_names "$MAILNET" nntp -s "nntp://$n:$PORT" welcome
			assert_success
			stop_servers
		done
	done
}

@test "conn: localhost counts as this machine only if the connection goes to loopback" {
	needs glibc
	# A name below localhost with another address is not loopback: no credentials in clear.
	local own=()
	(exec 3>/dev/udp/192.0.2.1/9) 2>/dev/null || { # without a route this machine has no such address
		needs namespaces
		own=(unshare -n)
		[ "$EUID" -eq 0 ] || own+=(-r)
	}
	cat >there.py <<-'END'
		import fcntl, socket, struct, subprocess, sys
		route = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		try:
		    route.connect(("192.0.2.1", 9))
		    here = route.getsockname()[0]
		except OSError:  # in a network of our own: bring loopback up, with an address more
		    here = "192.0.2.7"
		    fcntl.ioctl(route, 0x8914, struct.pack("16sh14x", b"lo", 0x49))
		    address = struct.pack("=H2x4s8x", socket.AF_INET, socket.inet_aton(here))
		    fcntl.ioctl(route, 0x8916, struct.pack("16s16s", b"lo:1", address))
		open("names", "w").write(here + " evil.localhost\n")
		s = socket.socket()
		s.bind((here, 0))
		s.listen(1)
		port = s.getsockname()[1]
		p = subprocess.Popen([sys.argv[1], "nntp", "-s", "nntp://me@evil.localhost:%d" % port] + sys.argv[2:])
		c, _ = s.accept()
		said = b""
		c.sendall(b"200 hello\r\n")
		while True:
		    got = c.recv(1000)
		    if not got:
		        break
		    said += got
		    if b"CAPA" in got:
		        c.sendall(b"101 yes\r\nVERSION 2\r\nREADER\r\nAUTHINFO USER\r\n.\r\n")
		    elif b"USER" in got:
		        c.sendall(b"381 more\r\n")
		    else:
		        c.sendall(b"205 bye\r\n")
		open("said", "wb").write(said)
		sys.exit(p.wait())
	END
	run --separate-stderr with_names "${own[@]}" python3 there.py "$MAILNET" --password-command 'echo hunter2' date
	one_error 77 'in clear'
	run ! grep -i -e authinfo -e hunter said
}

# ---- time ---------------------------------------------------------------------------

@test "conn: --timeout ends the wait for a silent server, in clear and in the handshake" {
	local url
	for url in nntp nntps; do
		start_script <<<stall
		timed safe nntp -s "$url://127.0.0.1:$PORT" --timeout 1 welcome
		one_error 75 'timed out'
		[ "$took" -ge 900 ] && [ "$took" -lt 30000 ]
	done
}

@test "conn: --timeout limits the whole time of a reply that arrives in small pieces" {
	start_script <<-'END'
		split 1
		mayclose
		repeat 500
		s: 2
		flush
		delay 200
		end
	END
	timed safe nntp -s "nntp://127.0.0.1:$PORT" --timeout 1 welcome
	one_error 75 'timed out'
	[ "$took" -lt 30000 ]
}

@test "conn: --timeout ends a write to a server that does not read" {
	start_script <<-'END'
		S: 200 hello
		C: POST
		S: 340 go on
		stall
	END
	head -c 40000000 /dev/zero | tr '\0' x | fold -w 70 >big
	timed safe nntp -s "nntp://127.0.0.1:$PORT" --timeout 1 post big
	assert_failure 75
	[ "$took" -lt 30000 ]
}

@test "conn: --deadline ends the whole run at every stage" {
	start_script <<-'END'
		S: 200 hello
		mayclose
		C: CAPABILITIES
		S: 101 these
		repeat *
		s: XDRIP\r\n
		delay 300
		end
	END
	timed safe nntp -s "nntp://127.0.0.1:$PORT" --deadline 2 capabilities
	one_error 75 'deadline'
	[ "$took" -ge 1900 ] && [ "$took" -lt 30000 ]
	timed safe nntp --netrc /dev/null --deadline 1 --password-command 'sleep 100' -s "nntp://a@127.0.0.1:$PORT" welcome
	one_error 75 'deadline'
	[ "$took" -lt 30000 ]
}

@test "conn: --deadline ends the wait for a FIFO without writer or reader" {
	local option sig
	mkfifo -m 600 fifo
	for option in '-b fifo' 'date -o fifo' 'post fifo' \
		'date --tls implicit --tls-ca fifo' 'date --tls implicit --tls-cert fifo' \
		'date --tls implicit --tls-cert pkcs11:token=x?pin-source=fifo'; do
		# shellcheck disable=SC2086 # words
		safe nntp -s nntp://localhost --deadline 1 --tunnel 'printf "200 x\r\n"; exec cat >/dev/null 2>&1' $option
		one_error 75 deadline
	done
	printf 'From: a\n\n' >message
	safe smtp -s smtp://localhost --deadline 1 --tunnel 'printf "220 x\r\n"; exec cat >/dev/null 2>&1' send -f a@b -m fifo c@d
	one_error 75 deadline
	for sig in INT TERM HUP; do
		run "$top_srcdir/tests/lib/struck" "$sig" 'grep -q "State:.S" /proc/$PID/status' \
			"$MAILNET" smtp -s smtp://localhost --tunnel 'sleep 30' send -f a@b -m fifo c@d
		assert_output "died by SIG$sig"
	done
}

@test "conn: an invalid time exits 64" {
	local value
	for value in 0 -1 1s '' 99999999999999999999; do
		safe nntp --timeout "$value" -s nntp://localhost --tunnel 'touch dialled' welcome
		one_error 64 timeout
		safe nntp --deadline "$value" -s nntp://localhost --tunnel 'touch dialled' welcome
		one_error 64 deadline
	done
	assert_not_exists dialled
}

# ---- signals ----------------------------------------------------------------------------

# strike CONDITION ARG...: mailnet nntp ARG... dies by each of the three signals, in time, without output or leftovers.
strike()
{
	local condition=$1 sig
	shift
	for sig in INT TERM HUP; do
		[ ! -f script ] || start_script "${options[@]}" <script
		run --separate-stderr "$top_srcdir/tests/lib/struck" ${out:+-o "$out"} "$sig" "${condition//@LOG/$SERVER_LOG}" \
			"$MAILNET" nntp -s "${scheme:-nntp}://127.0.0.1:$PORT" "$@"
		assert_success
		assert_output "died by SIG$sig"
		# shellcheck disable=SC2154
		assert_equal "$stderr" ''
		assert_equal "$(ls -A "$TMPDIR")" ''
	done
}

@test "conn: a signal ends the run while connecting" {
	in_background "$top_srcdir/tests/lib/blackhole" 127.0.0.1 0
	PORT=$(cat background)
	strike 'grep -q "State:.S" /proc/$PID/status' welcome # its descriptors can be listed by root only
}

@test "conn: a signal ends the run while the name is resolved" {
	needs glibc
	echo 'silent news.example.org' >names
	local sig
	for sig in INT TERM HUP; do
		run --separate-stderr with_names "$top_srcdir/tests/lib/struck" "$sig" \
			'pgrep -P $PID >/dev/null' "$MAILNET" nntp -s nntp://news.example.org welcome
		assert_success
		assert_output "died by SIG$sig"
	done
}

@test "conn: Ctrl-C that also kills the resolver process ends the run by SIGINT" {
	needs glibc
	echo 'silent news.example.org' >names
	cat >group.py <<-'END'
		# Run the command in a process group of its own and send the signal to the group, as a terminal does.
		import os, signal, subprocess, sys, time
		def fresh():
		    os.setpgid(0, 0)
		    signal.signal(signal.SIGINT, signal.SIG_DFL)
		for _ in range(10):
		    p = subprocess.Popen(sys.argv[1:], preexec_fn=fresh)
		    while subprocess.call(["pgrep", "-P", str(p.pid)], stdout=subprocess.DEVNULL) != 0:
		        time.sleep(0.01)
		    os.killpg(p.pid, signal.SIGINT)
		    if p.wait() != -signal.SIGINT:
		        sys.exit("it ended with %d" % p.wait())
	END
	run --separate-stderr with_names python3 group.py "$MAILNET" nntp -s nntp://news.example.org welcome
	assert_success
	assert_equal "$stderr" ''
}

@test "conn: a signal ends the wait for the greeting and the TLS handshake" {
	echo stall >script
	strike "grep -q connection @LOG" welcome
	scheme=nntps
	strike "grep -q connection @LOG" welcome
}

@test "conn: a signal during the wait for a reply ends the run; nothing more is sent" {
	printf 'S: 200 hello\nC: CAPABILITIES\nstall\n' >script
	strike "grep -q CAPA @LOG" capabilities
	# Not even QUIT, unless it was pipelined with the command.
	printf 'S: 200 hello\nC: CAPABILITIES\nlog waiting\neof\n' >script
	echo capabilities >lines
	strike "grep -q waiting @LOG" -b lines
	assert_script_ok
}

@test "conn: a signal within a block keeps the old file of -o and leaves no temporary file" {
	printf 'S: 200 hello\nC: CAPABILITIES\nS: 101 these\nS: VERSION 2\nS: READER\nflush\nlog half\nstall\n' >script
	mkdir there
	echo old >there/out
	strike "grep -q half @LOG" -o there/out capabilities
	assert_equal "$(cat there/out)" old
	assert_equal "$(ls -A there)" out
}

@test "conn: a signal while articles go into a Maildir leaves no incomplete message" {
	cat >script <<-'END'
		S: 200 hello
		C: GROUP misc.test
		S: 211 1 1 1 misc.test
		C* ARTICLE 1
		S: 220 1 <a@b>
		S: Subject: half
		S:
		sendrepeat 3000 line %d of more than is kept in memory until its end\r\n
		flush
		log half
		stall
	END
	strike "grep -q half @LOG && ls -A box/tmp 2>/dev/null | grep -q ." article -d box/ misc.test 1-1
	assert_equal "$(find box -type f)" ''
}

@test "conn: a signal ends the run while an article is sent" {
	printf 'S: 200 hello\nC: POST\nS: 340 go\nlog going\nstall\n' >script
	head -c 40000000 /dev/zero | tr '\0' x | fold -w 70 >big
	strike "grep -q going @LOG" post big
}

@test "conn: a signal ends the run while stdout is not read" {
	printf 'S: 200 hello\nC: CAPABILITIES\nS: 101 these\nsendrepeat 3000 X%%d\\r\\n\nS: .\nlog said\nmayclose\nstall\n' >script
	out=full
	strike "grep -q said @LOG" capabilities
}

# sleep_ended PID: is the process no longer sleep(1)? The arguments of a zombie are empty.
sleep_ended()
{
	! grep -qs sleep "/proc/$1/cmdline"
}

@test "conn: a signal ends the run and the password command while a password is read" {
	echo stall >script
	strike 'grep -q sleep "/proc/$(tail -n 1 started)/cmdline"' --netrc /dev/null -u me \
		--password-command 'echo $$ >>started; exec sleep 60' welcome
	while read -r pid; do
		wait_until 60 sleep_ended "$pid"
	done <started
}

@test "conn: a signal ends the run while a tunnel ignores all signals" {
	rm -f script
	PORT=1
	strike 'test -e started' --tunnel "trap '' TERM INT HUP; touch started; sleep 60 & wait" welcome
}

@test "conn: a signal ends a batch that waits for its next line" {
	printf 'S: 200 hello\nmayclose\nC: CAPABILITIES\nS: 101 these\nS: .\nlog said\nstall\n' >script
	local sig
	mkfifo lines
	for sig in INT TERM HUP; do
		start_script <script
		(exec 3>&- && echo capabilities >lines) &
		background_pids+=($!)
		exec 8<>lines
		run --separate-stderr "$top_srcdir/tests/lib/struck" "$sig" "grep -q said '$SERVER_LOG'" \
			"$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" -b lines
		exec 8>&-
		end_background
		assert_output "died by SIG$sig"
	done
}

@test "conn: signals that the caller ignores stay ignored" {
	printf 'S: 200 hello\nlog said\nquiet 300\nC: QUIT\nS: 205 bye\n' >script
	start_script <script
	run "$top_srcdir/tests/lib/struck" HUP "grep -q said '$SERVER_LOG' || grep -q said '$SERVER_LOG'" nohup "$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" -b - 
	assert_output --partial 'exit 0'
}

# ---- stdout ----------------------------------------------------------------------------------

@test "conn: if the reader closes stdout, mailnet dies by SIGPIPE without a message" {
	printf 'S: 200 hello\nC: CAPABILITIES\nS: 101 these\nS: X\nS: .\nmayclose\nC: QUIT\nS: 205 bye\n' >script
	start_script <script
	run --separate-stderr "$top_srcdir/tests/lib/struck" -o closed none true "$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" --no-pipelining capabilities
	assert_output 'died by SIGPIPE'
	assert_equal "$stderr" ''
	run --separate-stderr "$top_srcdir/tests/lib/struck" -o closed none true "$MAILNET" help
	assert_output 'died by SIGPIPE'
}

@test "conn: a full disk on stdout exits 74" {
	printf 'S: 200 hello\nC: CAPABILITIES\nS: 101 these\nS: X\nS: .\nmayclose\nC: QUIT\nS: 205 bye\n' >script
	start_script <script
	run --separate-stderr "$top_srcdir/tests/lib/struck" -o /dev/full none true "$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" --no-pipelining capabilities
	assert_output 'exit 74'
	assert_regex "$stderr" '^mailnet nntp: .*stdout: No space left'
}

@test "conn: a closed stdout is an error" {
	start_script <<<"$hello"
	run --separate-stderr sh -c 'exec "$@" >&-' sh "$MAILNET" nntp -s "nntp://127.0.0.1:$PORT" welcome
	one_error 74 'stdout'
}
