// Contract words as people say them, and values as one short piece of text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/crash_kind.h"
#include "facts/scene.h"
#include "nfs/family.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

std::string_view spoken(verdict::Status status);    // "KNOWN BUG"
std::string_view spoken(CrashKind kind);            // "soft lockup"
std::string_view spoken(nfs::Component component);  // "NFS client"
std::string_view spoken(facts::StackRole role);     // "crash"
std::string_view spoken(Tri value);                 // "yes", "no", "?"

std::string spoken(const Unknown& unknown);  // "a log does not show: argument 1 of f"

// Appends `part`, if there is any, behind `separator`, if something stands there already.
void join(std::string& text, std::string_view part, std::string_view separator);

// "a, b, c", each as `show` puts it; `otherwise` if there is nothing.
template <class Item, class Show>
std::string listed(const std::vector<Item>& items, const Show& show,
                   std::string_view otherwise = "") {
    std::string text;
    for (const Item& item : items) join(text, show(item), ", ");
    return text.empty() ? std::string(otherwise) : text;
}

std::string task_text(const facts::Task& task);  // "kworker/u4:3[154]", "" if not known
// "nfs_wb_page+0xc0 [nfs]"; `sized`: "nfs_wb_page+0xc0/0x200 [nfs]"
std::string frame_text(const Frame& frame, bool sized = false);

}  // namespace nfstriage::report
