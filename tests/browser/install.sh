#!/usr/bin/env bash
# The browser that the tests of the pages drive: Debian's Chromium without a window, with a font that has Chinese.
# Where there is none to be had a whole Chromium will do; the tests then take a minute longer.
set -u
has() { command -v "$1" >/dev/null; }
get() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=0 -o Acquire::http::Timeout=15 "$@" >/dev/null; }
may_install() { [ "$(id -u)" = 0 ] && has apt-get; }
install() {
  echo "· 安装 $1"
  get install -y --no-install-recommends "$1" fonts-noto-cjk
}

has chromium-headless-shell && exit 0
may_install && get update
may_install && install chromium-headless-shell && exit 0
for name in chromium chromium-browser google-chrome; do has "$name" && exit 0; done
may_install && install chromium && exit 0
echo "页面测试需要 Chromium。请安装它（Debian：apt-get install chromium-headless-shell fonts-noto-cjk），再运行 make test。" >&2
exit 1
