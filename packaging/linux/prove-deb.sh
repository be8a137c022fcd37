#!/bin/bash
# Proves a .deb on a bare Debian 12, as root: installed, whole, serving under systemd on the ports
# of POP3, removed without a trace.
#
#   prove-deb.sh PACKAGE.deb [SYSTEM]     SYSTEM: a folder that holds a bare Debian with systemd
#
# The system is made with debootstrap unless named, and booted with systemd-nspawn, without network.
set -euo pipefail

package=$1
system=${2:-}
if [ -z "$system" ]; then
    system=$(mktemp -d)
    trap 'rm -rf "$system"' EXIT
    debootstrap --variant=minbase --include=systemd-sysv bookworm "$system" >/dev/null
fi

inside() {
    chroot "$system" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

# What there is, without what apt, dpkg and a boot note for themselves.
everything() {
    inside find / -xdev -not -path '/proc/*' -not -path '/tmp/*' -not -path '/run/*' \
        -not -path '/var/cache/*' -not -path '/var/lib/apt/*' -not -path '/var/lib/dpkg/*' \
        -not -path '/var/log/*' -not -path '/var/tmp/*' | sort
    inside getent passwd
    inside getent group
}

say() { echo "prove-deb.sh: $*"; }

inside apt-get update -qq
cp "$package" "$system/tmp/postroom.deb"
inside apt-get install -y -qq --no-install-recommends /tmp/postroom.deb >/dev/null

say "the server alone, on a computer without a desktop"
inside postroomctl --self-test

say "the window, with what the package recommends"
# shellcheck disable=SC2016 # it is dpkg that fills it in
recommended=$(inside dpkg-query --show --showformat='${Recommends}' postroom | tr ',' ' ')
# shellcheck disable=SC2086 # a list of names
inside apt-get install -y -qq --no-install-recommends $recommended >/dev/null
inside postroom --self-test

say "removed: what is left is what was there before"
inside apt-get purge -y -qq postroom >/dev/null
before=$(mktemp)
everything >"$before"
inside apt-get install -y -qq --no-install-recommends /tmp/postroom.deb >/dev/null
inside apt-get purge -y -qq postroom >/dev/null
everything | diff "$before" -
rm "$before"
[ ! -e "$system/opt/postroom" ]
[ ! -e "$system/var/lib/postroom" ]
if inside getent passwd postroom; then exit 1; fi

say "under systemd, on ports 110 and 995"
inside apt-get install -y -qq --no-install-recommends /tmp/postroom.deb >/dev/null
cat >"$system/prove.sh" <<'PROOF'
set -eu
as_postroom() { runuser -u postroom -- postroomctl --home /var/lib/postroom "$@"; }
as_postroom init --domain office.example --listen 127.0.0.1:110/starttls --listen 127.0.0.1:995/tls
systemctl start postroom.service
for _ in $(seq 100); do
    if journalctl --unit postroom.service | grep -q 'ready pop3s'; then break; fi
    sleep 0.3
done
as_postroom account add ann --generate >/dev/null
as_postroom status
exec 3<>/dev/tcp/127.0.0.1/110
printf 'STLS\r\nQUIT\r\n' >&3
read -r greeting <&3
read -r answer <&3
echo "greeted with: $greeting"
echo "STLS: $answer"
systemctl show --property=ActiveState,NRestarts,User,MemoryCurrent postroom.service
systemctl stop postroom.service
systemctl show --property=ActiveState,Result,ExecMainStatus postroom.service
case "$greeting$answer" in +OK*+OK*) echo proved ;; esac
PROOF
cat >"$system/etc/systemd/system/prove.service" <<'PROOF'
[Unit]
After=multi-user.target
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'bash -x /prove.sh >/proved 2>&1 || journalctl --no-pager --unit postroom.service >>/proved'
TimeoutStartSec=120
[Install]
WantedBy=multi-user.target
PROOF
ln -sf ../prove.service "$system/etc/systemd/system/multi-user.target.wants/prove.service"
timeout 180 systemd-nspawn --quiet --boot --directory="$system" --private-network --register=no \
    --keep-unit </dev/null >/dev/null 2>&1 || true
cat "$system/proved"
grep -qx proved "$system/proved"

say "removed with mail in it: the mail stays"
rm "$system/etc/systemd/system/prove.service" "$system/prove.sh" "$system/proved"
rm "$system/etc/systemd/system/multi-user.target.wants/prove.service"
inside apt-get purge -y -qq postroom 2>&1 | grep 'still in /var/lib/postroom'
[ -e "$system/var/lib/postroom/config.toml" ]
[ ! -e "$system/opt/postroom" ]
say "all of it holds"
