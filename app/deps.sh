# Sourced by app/run and app/test: installs what is missing, says what it does.
# Sets nothing but functions.

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
fail() { printf '\033[1mpenstock: %s\033[0m\n' "$*" >&2; exit 1; }

# as_root COMMAND...: runs a command as root, by sudo where we are not.
as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"
	elif command -v sudo >/dev/null; then sudo "$@"
	else fail "'$*' needs root; install sudo, or run this once as root"
	fi
}

# need NAME CHECK APT DNF PACMAN: notes the packages to install when CHECK fails.
missing_apt=() missing_dnf=() missing_pacman=() missing=()
need() {
	if eval "$2" >/dev/null 2>&1; then return; fi
	missing+=("$1")
	missing_apt+=($3) missing_dnf+=($4) missing_pacman+=($5)
}

# install_missing installs everything that need noted.
install_missing() {
	[ ${#missing[@]} = 0 ] && return
	say "Installing: ${missing[*]}"
	if command -v apt-get >/dev/null; then
		as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q || fail "the package lists could not be updated; check the network and run this again"
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing_apt[@]}" ||
			fail "apt-get could not install ${missing_apt[*]}; see above, then run this again"
	elif command -v dnf >/dev/null; then
		as_root dnf install -y "${missing_dnf[@]}" || fail "dnf could not install ${missing_dnf[*]}; see above, then run this again"
	elif command -v pacman >/dev/null; then
		as_root pacman -Sy --needed --noconfirm "${missing_pacman[@]}" || fail "pacman could not install ${missing_pacman[*]}; see above, then run this again"
	else
		fail "please install by hand: ${missing[*]} (no apt-get, dnf or pacman here)"
	fi
	missing_apt=() missing_dnf=() missing_pacman=() missing=()
}

# any FILE...: whether one of the files is there.
any() {
	local f
	for f in "$@"; do if [ -e "$f" ]; then return 0; fi; done
	return 1
}

have_header() { echo "#include <$1>" | cc -E - ; }

# need_build notes what building the window needs: a C compiler, OpenGL and X11 headers.
need_build() {
	need "C compiler" "command -v cc" "gcc libc6-dev" "gcc glibc-devel" "gcc"
	need "pkg-config" "command -v pkg-config" "pkg-config" "pkgconf-pkg-config" "pkgconf"
	need "OpenGL headers" "have_header GL/gl.h" "libgl1-mesa-dev" "mesa-libGL-devel" "mesa"
	need "X11 headers" "have_header X11/Xlib.h" "libx11-dev" "libX11-devel" "libx11"
	need "Xcursor headers" "have_header X11/Xcursor/Xcursor.h" "libxcursor-dev" "libXcursor-devel" "libxcursor"
	need "Xrandr headers" "have_header X11/extensions/Xrandr.h" "libxrandr-dev" "libXrandr-devel" "libxrandr"
	need "Xinerama headers" "have_header X11/extensions/Xinerama.h" "libxinerama-dev" "libXinerama-devel" "libxinerama"
	need "Xi headers" "have_header X11/extensions/XInput2.h" "libxi-dev" "libXi-devel" "libxi"
	need "Xxf86vm headers" "have_header X11/extensions/xf86vmode.h" "libxxf86vm-dev" "libXxf86vm-devel" "libxxf86vm"
}

# need_display notes what a window on a machine without a display needs.
need_display() {
	need "Xvfb" "command -v Xvfb" "xvfb" "xorg-x11-server-Xvfb" "xorg-server-xvfb"
	need "OpenGL in software" "any /usr/lib/*/dri/swrast_dri.so /usr/lib64/dri/swrast_dri.so /usr/lib/dri/swrast_dri.so" "libgl1-mesa-dri libgl1" "mesa-dri-drivers" "mesa"
	need "import (ImageMagick)" "any /usr/bin/import /usr/bin/import-im6*" "imagemagick" "ImageMagick" "imagemagick"
}

# need_go makes sure there is a Go that is new enough; an older one fetches the
# version go.mod names by itself.
need_go() {
	export PATH="$PATH:/usr/local/go/bin:$HOME/go/bin"
	need "Go" "command -v go" "golang-go" "golang" "go"
	install_missing
	local have want
	want=$(awk '$1 == "go" { print $2 }' go.mod)
	have=$(go version 2>&1) || fail "Go does not start: $have. Install Go $want or newer from go.dev/dl"
	case "$have" in
	*go1.2[1-9]*|*go1.[3-9][0-9]*) ;;
	*) fail "this needs Go $want; '$have' is too old to fetch it by itself. Install it from go.dev/dl" ;;
	esac
}

tags=migrated_fynedo,no_animations
