// The text of /etc/kdump.conf (RHEL, CentOS, Fedora, openEuler, Kylin): one keyword and its value
// on a line, '#' starts a comment. kdumpctl refuses a file that says one keyword twice, and the
// capture script runs the value of kdump_post as one word. We add one block, marked as ours, at the
// end and take exactly that out again: what is left is byte for byte what was there.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nfstriage::setup {

struct KdumpConf {
    struct Post {
        std::string program;
        std::size_t line;  // from 1
        bool ours;         // within a block that we added
    };
    std::optional<Post> post;  // kdump_post
    std::string target;  // keyword of the dump target: "ext4", "nfs", "ssh", "raw"; empty: root
    bool never_rebuilt = false;  // force_no_rebuild 1
};

KdumpConf read_kdump_conf(std::string_view text);

// The text with a block that sets kdump_post to `program`, which must not be set yet.
std::string add_kdump_post(std::string_view text, std::string_view program);

// The text without our block; as it was where there is none.
std::string remove_kdump_post(std::string_view text);

}  // namespace nfstriage::setup
