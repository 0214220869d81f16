# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# In place of OpenWrt's /lib/functions.sh: the functions that boards/openwrt uses, as OpenWrt documents them. What
# `uci -n export PACKAGE` would print is in /tmp/uci/PACKAGE; it is commands for a shell.

config() {
	CONFIG_SECTIONS="$CONFIG_SECTIONS $2"
	CONFIG_SECTION="$2"
	eval "CONFIG_${2}_TYPE=\$1"
	config_cb "$1" "$2"
}

option() {
	eval "CONFIG_${CONFIG_SECTION}_$1=\$2"
	option_cb "$1" "$2"
}

list() {
	eval "set -- \"\$1\" \"\$2\" \$((CONFIG_${CONFIG_SECTION}_$1_LENGTH + 1))"
	eval "CONFIG_${CONFIG_SECTION}_$1_ITEM$3=\$2"
	eval "CONFIG_${CONFIG_SECTION}_$1_LENGTH=$3"
	eval "CONFIG_${CONFIG_SECTION}_$1=\"\${CONFIG_${CONFIG_SECTION}_$1:+\$CONFIG_${CONFIG_SECTION}_$1 }\$2\""
	list_cb "$1" "$2"
}

package() { :; }

reset_cb() {
	config_cb() { :; }
	option_cb() { :; }
	list_cb() { :; }
}
reset_cb

config_load() {
	local name
	for name in $(set | sed -n 's/^\(CONFIG_[A-Za-z0-9_]*\)=.*/\1/p'); do
		unset "$name"
	done
	[ -r "/tmp/uci/$1" ] || return 1
	. "/tmp/uci/$1"
	[ -z "$CONFIG_SECTION" ] || config_cb
}

# config_get VARIABLE SECTION OPTION [DEFAULT]
config_get() {
	eval "$1=\${CONFIG_$2_$3:-\$4}"
}

config_get_bool() {
	config_get "$@"
	eval "set -- $1 \"\$$1\" \"\$4\""
	case "$2" in
	1 | on | true | yes | enabled) eval "$1=1" ;;
	0 | off | false | no | disabled) eval "$1=0" ;;
	*) eval "$1=\$3" ;;
	esac
}

# config_foreach FUNCTION TYPE
config_foreach() {
	local section kind
	for section in $CONFIG_SECTIONS; do
		config_get kind "$section" TYPE
		[ "$kind" != "$2" ] || "$1" "$section"
	done
}

# config_list_foreach SECTION OPTION FUNCTION
config_list_foreach() {
	local count item n=1
	config_get count "$1" "$2_LENGTH" 0
	while [ "$n" -le "$count" ]; do
		config_get item "$1" "$2_ITEM$n"
		"$3" "$item"
		n=$((n + 1))
	done
}

# What a package's scripts call: the services of the package are enabled and started, or stopped and disabled.
services() {
	grep -hs '^/etc/init.d/' "/usr/lib/opkg/info/$1.list" "/lib/apk/packages/$1.list"
}

default_postinst() {
	local one name
	name="${pkgname:-$(basename "${1%.*}")}"
	for one in $(services "$name"); do
		[ "$PKG_UPGRADE" = 1 ] || /etc/rc.common "$one" enable
		/etc/rc.common "$one" start
	done
}

default_prerm() {
	local one name
	name="${pkgname:-$(basename "${1%.*}")}"
	for one in $(services "$name"); do
		[ "$PKG_UPGRADE" = 1 ] || /etc/rc.common "$one" disable
		/etc/rc.common "$one" stop
	done
}
