#!/bin/sh
# Mail is never deleted. Without any the home goes, and with it the account of the service.
set -e

case "$1" in
    remove | purge | 0)
        if [ -d /run/systemd/system ]; then
            systemctl daemon-reload
        fi
        if rmdir /var/lib/postroom 2>/dev/null; then
            userdel postroom 2>/dev/null || true
            groupdel postroom 2>/dev/null || true
        elif [ -d /var/lib/postroom ]; then
            echo "postroom: mail and settings are still in /var/lib/postroom"
        fi
        ;;
esac
