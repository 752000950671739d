#!/bin/sh
# The README of hikvision-aws-toolkit, command by command, on Debian:  readme.sh BUCKET URL KEY SECRET
# What it forgets, and a relay that ever took a picture must have had, is marked so.
set -eu
BUCKET=$1 URL=$2 KEY=$3 SECRET=$4 HERE=$(dirname "$0")
export DEBIAN_FRONTEND=noninteractive

# Part 1: FTP server
apt-get -qq update
apt-get -qq install -y vsftpd s3fs > /dev/null
printf 'pam_service_name=vsftpd\nuserlist_enable=YES\n' >> /etc/vsftpd.conf
printf 'write_enable=YES\n' >> /etc/vsftpd.conf  # forgotten: Fedora has it
echo /bin/false >> /etc/shells                   # forgotten: Debian's PAM refuses other shells
touch /etc/vsftpd.user_list                      # forgotten: Fedora has it, and vsftpd asks for it
mkdir -p /var/lib/cctv/storage
useradd -d /var/lib/cctv -s /bin/false cctv
echo 'cctv:the old password' | chpasswd
chown -R cctv /var/lib/cctv
systemctl restart vsftpd

# Two pictures that came while the mount was away: the next mount, being nonempty, hides them.
mkdir -p /var/lib/cctv/storage/CAM-EXT-001
echo 'stranded 1' > /var/lib/cctv/storage/CAM-EXT-001/192.168.1.64_01_20220224071501123_LINE_CROSSING_DETECTION.jpg
echo 'stranded 2' > /var/lib/cctv/storage/CAM-EXT-001/192.168.1.64_01_20220224071502123_LINE_CROSSING_DETECTION.jpg
chown -R cctv /var/lib/cctv/storage/CAM-EXT-001

# Part 2: s3fs
echo "$KEY:$SECRET" > /etc/passwd-s3fs
chmod 600 /etc/passwd-s3fs
cat >> /etc/fstab <<LINE
# Remote S3 CCTV storage
s3fs#$BUCKET /var/lib/cctv/storage fuse nonempty,_netdev,allow_other,use_cache=/var/tmp,ensure_diskfree=30720,max_stat_cache_size=250000,passwd_file=/etc/passwd-s3fs,url=$URL,endpoint=eu-central-1,umask=0000,use_path_request_style 0 0
LINE
mount /var/lib/cctv/storage
touch /var/lib/cctv/storage/test.file

# make s3fs-tool; make install WEBSVCUSER=cctv
install -m 755 "$HERE"/old/bin/s3fs-*.sh /usr/bin
sed -i "s|S3BUCKET|$BUCKET|gi; s|S3FSMOUNTFOLDER|/var/lib/cctv/storage|gi" /usr/bin/s3fs-hk-watchdog.sh
install -m 644 "$HERE"/old/cron.d/* /etc/cron.d
sed -i "s|USERNAME|root|gi; s|S3BUCKET|$BUCKET|gi" /etc/cron.d/s3fs-*
sed -i 's|USERNAME|cctv|gi' /etc/cron.d/hk-aws-tool-collect
package=/usr/local/lib/python3.11/dist-packages/hkawstoolkit-1.0-py3.11.egg/hkawstoolkit
mkdir -p $package /etc/hkawstoolkit /usr/share/hkawstoolkit/web/ROOT /usr/share/hkawstoolkit/web/cache
touch $package/__init__.py
echo '{}' > /usr/share/hkawstoolkit/web/cache/cache.json
chown -R cctv /usr/share/hkawstoolkit/web/cache
install -m 644 "$HERE/old/config" /etc/hkawstoolkit/config.yaml
sed -i "s|S3BUCKET|$BUCKET|" /etc/hkawstoolkit/config.yaml
install -m 644 "$HERE/old/systemd/hk-aws-web.service" /usr/lib/systemd/system
sed -i 's|USERNAME|cctv|gi' /usr/lib/systemd/system/hk-aws-web.service
install -m 755 "$HERE/old/bin/hk-aws-tool" /usr/bin/hk-aws-tool.py
install -m 755 "$HERE/old/bin/hk-aws-tool" /usr/local/bin/hk-aws-tool.py
systemctl daemon-reload
systemctl enable -q --now hk-aws-web.service

# The second line that it suggests, and lines of the owner's, wherever cron looks.
sed 's|^10 |45 |; s|jpg|mp4|' /etc/cron.d/hk-aws-tool-collect >> /etc/cron.d/hk-aws-tool-collect.new
cat /etc/cron.d/hk-aws-tool-collect.new >> /etc/cron.d/hk-aws-tool-collect
rm /etc/cron.d/hk-aws-tool-collect.new
cat >> /etc/cron.d/hk-aws-tool-collect <<'LINES'
10 3 * * 0 cctv /usr/bin/hk-aws-tool.py -c /etc/hkawstoolkit/config.yaml -a store-camera-files -m CAM-EXT-003 -p "*.bmp"
@monthly cctv /usr/bin/hk-aws-tool.py -a archive-all-by-pattern -p "*2021-12-*"
LINES
printf '30 5 * * 1 /usr/bin/hk-aws-tool.py -a list-camera-dirs -m CAM-EXT-001 -q\n0 6 * * * true\n' | crontab -u cctv -
echo '5 0 * * * cctv /usr/bin/hk-aws-tool.py -c /etc/hkawstoolkit/config.yaml -a list-cameras -q' > /etc/cron.d/cameras

# The credentials file, with the chmod that takes the folder away from its own user.
mkdir -p /var/lib/cctv/.aws && touch /var/lib/cctv/.aws/credentials
cat <<EOT >> /var/lib/cctv/.aws/credentials
[hk-aws-toolkit]
aws_access_key_id=$KEY
aws_secret_access_key=$SECRET
EOT
chmod -R 600 /var/lib/cctv/.aws && chown -R cctv /var/lib/cctv/.aws
