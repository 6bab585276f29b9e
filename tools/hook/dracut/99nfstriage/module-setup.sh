#!/bin/bash
# dracut module: puts the hook and the profiles that were given to it into the initramfs of the capture
# kernel, and only there. kdumpctl's mkdumprd says IN_KDUMP; SUSE's adds the module "kdump". What calls
# the hook is not decided here: see nfstriage-hook-install(1).

nfstriage_folder=/usr/lib/nfstriage

# Whether kdump calls the hook: an image without a call need not grow.
nfstriage_called() {
    local root=${dracutsysrootdir-} entry
    grep -qs '^[^#]*nfstriage-hook' "$root/etc/kdump.conf" "$root/etc/sysconfig/kdump" && return 0
    for entry in "$root"/etc/kdump/post.d/*; do
        [[ $(readlink "$entry") == "$nfstriage_folder/nfstriage-hook" ]] && return 0
    done
    return 1
}

check() {
    local modules=" ${dracutmodules-} ${add_dracutmodules-} ${force_add_dracutmodules-} "
    [[ -x ${dracutsysrootdir-}$nfstriage_folder/nfstriage-hook ]] || return 1
    # 255: only where somebody asks for the module by name.
    [[ ${IN_KDUMP-} || $modules == *" kdump "* ]] || return 255
    nfstriage_called || return 255
    return 0
}

depends() {
    return 0
}

install() {
    local profile
    inst_binary "$nfstriage_folder/nfstriage-hook"
    for profile in "${dracutsysrootdir-}$nfstriage_folder"/profiles/*.nfsprofile; do
        [[ -f $profile ]] && inst_simple "${profile#"${dracutsysrootdir-}"}"
    done
    return 0
}
