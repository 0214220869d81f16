#!/bin/sh
# SPDX-License-Identifier: MIT
# systemd_boot.sh ROOT USR STAGE: become process 1 of a small machine, systemd of USR. Its /usr is STAGE/usr over USR,
# both read-only; its /etc and /var are STAGE's. ROOT is an empty folder. It is called in new namespaces (mount,
# process, IPC, host name, control group), and all that it mounts ends with it.
set -eu
root=$1 usr=$2 stage=$3
mount -t tmpfs -o mode=755 root "$root"
cd "$root"
mkdir dev etc old proc run sys tmp usr var
for name in bin lib lib64 sbin; do ln -s "usr/$name" "$name"; done
mount -t overlay -o "ro,lowerdir=$stage/usr:$usr" usr usr
mount --bind "$stage/etc" etc
mount --bind "$stage/var" var
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys # they are the settings of the machine that runs the tests
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 dev dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
while read -r name major minor; do mknod -m 666 "dev/$name" c "$major" "$minor"; done <<EOF
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
EOF
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
pivot_root . old
umount -l /old
rmdir /old
mount --make-rshared / # so that services get the mounts that systemd makes for them (credentials)
exec env -i container=test PATH=/usr/sbin:/usr/bin /usr/lib/systemd/systemd --unit=test.target
