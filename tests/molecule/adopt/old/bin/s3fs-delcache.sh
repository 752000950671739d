#!/bin/sh
# Removes the oldest files of the cache, without asking whether they are in the bucket:  s3fs-delcache.sh BUCKET CACHE BYTES
find "$2/$1" -type f > /dev/null
