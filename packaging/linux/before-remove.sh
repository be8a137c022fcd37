#!/bin/sh
# Before the program goes for good, its service does. An upgrade ("upgrade", "1") goes on.
set -e

case "$1" in
    remove | 0)
        if [ -d /run/systemd/system ]; then
            systemctl disable --now postroom.service
        fi
        ;;
esac
