# Shared by harness/quickstart, tests/run and .ci/run (sourced, not run): installs what is missing and
# picks the compiler. Debian 12 and Ubuntu 24.04 through apt, as root or with sudo; elsewhere the tools
# have to be there.
#
#   . harness/setup.sh
#   stage "install packages"
#   install_packages build            (or: build tests ci)
#   choose_compiler
#   end_stages

say() { printf '%s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 2
}

# stage NAME: begins a stage and ends the one before. end_stages: prints all stages with their time.
STAGES=() STAGE="" STAGE_BEGAN=0
stage() {
  close_stage
  STAGE=$1 STAGE_BEGAN=$SECONDS
  say "== $STAGE"
}
close_stage() {
  [ -n "$STAGE" ] || return 0
  STAGES+=("$(printf '%4d s  %s' $((SECONDS - STAGE_BEGAN)) "$STAGE")")
  say "   $((SECONDS - STAGE_BEGAN)) s"
  STAGE=""
}
end_stages() {
  close_stage
  printf '%s\n' "${STAGES[@]}" "$(printf '%4d s  in all' "$SECONDS")"
}

# Sets ID and VERSION_ID of the distribution in SYSTEM ("debian 12"), and the clang it packages.
SYSTEM=$(. /etc/os-release 2>/dev/null && printf '%s %s' "${ID:-}" "${VERSION_ID:-}") || SYSTEM=""
case $SYSTEM in
  "debian 12") PACKAGED_CLANG=19 PACKAGED_BOOST=libboost1.81-dev ;;
  "ubuntu 24.04") PACKAGED_CLANG=18 PACKAGED_BOOST=libboost1.83-dev ;;
  *) PACKAGED_CLANG="" PACKAGED_BOOST="" ;;
esac

packages_for() {
  # On Debian 12, libboost-dev and libboost-all-dev are 1.74 and remove 1.81: never name them.
  case $1 in
    build)
      printf '%s ' "clang-$PACKAGED_CLANG" "lld-$PACKAGED_CLANG" cmake ninja-build pkg-config \
        "$PACKAGED_BOOST" nlohmann-json3-dev libyaml-cpp-dev libexpected-dev libre2-dev libsqlite3-dev libhiredis-dev libssl-dev libcli11-dev ;;
    tests) printf '%s ' ccache catch2 redis-server "libclang-rt-$PACKAGED_CLANG-dev" "llvm-$PACKAGED_CLANG" ;;
    node) printf '%s ' nodejs npm ;;
    ci) printf '%s ' "clang-tidy-$PACKAGED_CLANG" "clang-format-$PACKAGED_CLANG" g++ libbenchmark-dev ;;
    *) die "no such set of packages: $1" ;;
  esac
}

# The packages of these sets that are not installed. One dpkg call, so that a warm run costs nothing.
missing_packages() {
  local wanted installed package
  wanted=$(for set in "$@"; do packages_for "$set"; done)
  # shellcheck disable=SC2086  # one word per package
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true)
  for package in $wanted; do
    case $'\n'"$installed"$'\n' in
      *$'\n'"installed $package"$'\n'*) ;;
      *) printf '%s ' "$package" ;;
    esac
  done
}

install_packages() {
  local missing log as_root="" apt
  if [ -z "$PACKAGED_CLANG" ] || ! command -v apt-get >/dev/null; then
    say "This is ${SYSTEM:-an unknown system}, not Debian 12 or Ubuntu 24.04: using the tools that are here."
    return 0
  fi
  missing=$(missing_packages "$@")
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      die "these packages are missing, and there is no sudo to install them: $missing"
    as_root="sudo -n"
    # A person at a terminal can be asked for a password.
    if [ -t 0 ]; then
      as_root="sudo"
    elif ! sudo -n true 2>/dev/null; then
      die "these packages are missing, and sudo wants a password: $missing"
    fi
  fi
  say "Installing: $missing"
  log=$(mktemp)
  apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"
  # shellcheck disable=SC2086  # words on purpose
  if ! { $apt update && $apt install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    die "apt could not install: $missing"
  fi
  rm -f "$log"
}

# Exports CC and CXX: what the caller set, else the newest clang that is here (16 or later), else g++.
choose_compiler() {
  local version
  [ -n "${CXX:-}" ] && return 0
  for version in 25 24 23 22 21 20 19 18 17 16; do
    if command -v "clang++-$version" >/dev/null; then
      export CC=clang-$version CXX=clang++-$version
      return 0
    fi
  done
  if command -v clang++ >/dev/null; then
    export CC=clang CXX=clang++
  elif command -v g++ >/dev/null; then
    export CC=gcc CXX=g++
  else
    die "no C++ compiler: clang 16 or later, or g++ 12 or later, is needed"
  fi
}

# configure_and_build PRESET [TARGET…], quietly where it can be.
configure_and_build() {
  local preset=$1 log
  shift
  log=$(mktemp)
  if ! cmake --preset "$preset" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    die "cmake could not configure the preset $preset"
  fi
  rm -f "$log"
  cmake --build --preset "$preset" ${1:+--target "$@"} </dev/null ||
    die "the preset $preset does not build"
}
