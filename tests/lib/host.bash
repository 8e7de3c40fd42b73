# shellcheck shell=bash
# host.bash - a throw-away copy of this machine, for programs that call /usr/sbin/sendmail by its path.
#
#   host_make DIR        make the copy and set $HOST; as root, with mount namespaces
#   on_host COMMAND...   run the command there, with an environment as small as cron's
#   as_user COMMAND...   the same as the user `user`
#
# The copy has directories of its own for those in $host_mounts and the directory of the system's configuration file.
# The programs in /usr/bin and /usr/sbin are links to those of this machine, except that /usr/bin/mailnet is the program
# under test.

# Where a directory of the copy is mounted, and its name in $HOST.
host_mounts='/etc etc
/run run
/usr/bin bin
/usr/sbin sbin
/var/spool spool
/var/lib/dpkg dpkg
/var/log log'

# host_sysconfdir: the directory of mailnet/config that is compiled in.
host_sysconfdir()
{
	tr '\0' '\n' <"$MAILNET" | LC_ALL=C sed -n 's#^\(/[^ %]*\)/mailnet/config$#\1#p' | head -n 1
}

host_make()
{
	local name dir sysconfdir mounts=$host_mounts
	export HOST=$1
	mkdir -p "$HOST"/{run,bin,sbin,log,dpkg/info,mnt} && chmod 755 "$HOST" || return
	cp -a /etc "$HOST/etc" && cp -a /var/spool "$HOST/spool" || return
	for name in bin sbin; do
		find /usr/$name -mindepth 1 -maxdepth 1 -printf "/mnt/$name/%P\0" | xargs -0 ln -st "$HOST/$name" || return
	done
	cp "$MAILNET" "$HOST/bin/mailnet" || return
	: >"$HOST/dpkg/status"
	: >"$HOST/dpkg/diversions"
	echo 'user:x:61234:61234::/tmp:/bin/sh' >>"$HOST/etc/passwd"
	echo 'user:x:61234:' >>"$HOST/etc/group"
	echo 'user:*:19000:0:99999:7:::' >>"$HOST/etc/shadow"
	rm -f "$HOST"/etc/cron.d/* "$HOST/etc/crontab" "$HOST"/spool/cron/crontabs/*
	cp /dev/null "$HOST/etc/environment"
	sysconfdir=$(host_sysconfdir)
	[ "$sysconfdir" = /etc ] || mounts+=$'\n'"$sysconfdir etc"
	{
		echo 'mount -t tmpfs none /mnt && mkdir /mnt/bin /mnt/sbin'
		echo 'mount --bind /usr/bin /mnt/bin && mount --bind /usr/sbin /mnt/sbin'
		while read -r dir name; do
			echo "mount --bind '$HOST/$name' '$dir'"
		done <<<"$mounts"
		# shellcheck disable=SC2016 # of the script
		echo 'cd / && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 SHELL=/bin/sh HOME=/root "$@"'
	} >"$HOST/enter"
}

on_host()
{
	unshare -m sh -e "$HOST/enter" "$@"
}

# start_on_host COMMAND...: the same in the background; $daemon is its process.
start_on_host()
{
	(exec unshare -m sh -e "$HOST/enter" "$@") 3>&- >daemon.out 2>&1 &
	# shellcheck disable=SC2034 # for the caller
	daemon=$!
}

as_user()
{
	on_host setpriv --reuid 61234 --regid 61234 --clear-groups env HOME=/tmp LOGNAME=user "$@"
}
