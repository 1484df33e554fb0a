#!/bin/sh
# Makes the secrets of deploy/compose.yaml in a folder, deploy/secrets if none is named. What is there already stays:
# a database that was made with the old ones would not open with new ones.
set -eu

folder=${1:-"$(dirname "$0")/../secrets"}
umask 077
mkdir -p "$folder"
# The folder keeps others out; the files are readable, since each container reads its own as another user.
chmod 700 "$folder"

keep() {
    if [ -e "$folder/$1" ]; then
        echo "$1 is there already, and stays."
        cat > /dev/null
        return
    fi
    cat > "$folder/$1.new"
    chmod 444 "$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
    echo "$1 is made."
}

password() { openssl rand -hex 24; }
address() { printf 'postgresql://%s:%s@postgres:5432/zixun' "$1" "$(cat "$folder/$2")"; }

password | keep postgres_password
password | keep owner_password
password | keep service_password
address zixun_owner owner_password | keep owner_database_url
address zixun_service service_password | keep service_database_url
openssl rand -base64 32 | keep master_key

echo "Keep a copy of $folder/master_key elsewhere: without it personal data is lost."
