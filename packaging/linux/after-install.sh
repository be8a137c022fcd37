#!/bin/sh
# The account that the service runs as, and its home. Nothing is started: that is for a person.
set -e

home=/var/lib/postroom
nologin=$(command -v nologin || echo /usr/sbin/nologin)
if ! getent group postroom >/dev/null; then
    groupadd --system postroom
fi
if ! getent passwd postroom >/dev/null; then
    useradd --system --gid postroom --home-dir "$home" --no-create-home --shell "$nologin" postroom
fi
if [ ! -d "$home" ]; then
    install -d -o postroom -g postroom -m 0700 "$home"
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    # After an upgrade the running service is the old program.
    systemctl try-restart postroom.service
fi
