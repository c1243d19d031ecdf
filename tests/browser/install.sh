#!/usr/bin/env bash
# The browser that the tests of the pages drive: Debian's Chromium, with a font that has Chinese.
set -u
for name in chromium chromium-browser google-chrome; do command -v "$name" >/dev/null && exit 0; done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "· 安装 chromium"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null && exit 0
fi
echo "页面测试需要 Chromium。请安装它（Debian：apt-get install chromium fonts-noto-cjk），再运行 make test。" >&2
exit 1
