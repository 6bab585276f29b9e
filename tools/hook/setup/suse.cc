// SUSE: kdump-save hands KDUMP_POSTSCRIPT to its own bash's eval, so the shell's variables are at
// hand; DIR is the folder of this dump (kdump 2.0 and later, unset before). Programs that it needs
// in the initramfs are named in KDUMP_REQUIRED_PROGRAMS. With KDUMP_TRANSFER set nothing is run
// after the dump.
#include "base/text.h"
#include "install.h"
#include "sysconfig.h"

namespace nfstriage::setup {
namespace {

constexpr const char* kPost = "KDUMP_POSTSCRIPT";
constexpr const char* kPrograms = "KDUMP_REQUIRED_PROGRAMS";

// What hands KDUMP_POSTSCRIPT to eval in a shell that has DIR and VMCORE_STATUS.
constexpr const char* kSaveScript = "/usr/lib/kdump/kdump-save";

std::string long_call(const std::string& hook) {
    return hook + " --dir \"$DIR\" --status \"$VMCORE_STATUS\"";
}

// Older versions have no such variables, and write the value into the initramfs within other
// quotes: one plain word survives that. The hook finds the dump by itself then.
std::string call_of(const Root& root, const std::string& hook) {
    return root.mentions(kSaveScript, "eval \"${KDUMP_POSTSCRIPT}\"") ? long_call(hook) : hook;
}

bool has_word(std::string_view list, std::string_view word) {
    for (std::string_view one : split(list, ' '))
        if (trim(one) == word) return true;
    return false;
}

std::string without_word(std::string_view list, std::string_view word) {
    std::string out;
    for (std::string_view one : split(list, ' ')) {
        if (trim(one) == word || one.empty()) continue;
        out += (out.empty() ? "" : " ") + std::string(one);
    }
    return out;
}

// What the hook may be called by: our own call, or one that an administrator wrote around it.
bool calls(const std::optional<Assignment>& post, const std::string& hook) {
    return post && post->value && post->value->find(hook) != std::string::npos;
}

tl::unexpected<Error> cannot_edit(const Root& root, const char* name, const std::string& by_hand) {
    return error(root.real(kSysconfig).string(), std::nullopt,
                 std::string(name) + " as plain text in quotes, on one line", by_hand);
}

// The text with both variables set. Errors: KDUMP_POSTSCRIPT is somebody else's.
Result<std::string> edited(const Root& root, std::string text, const std::string& hook) {
    auto post = find_assignment(text, kPost);
    if (!calls(post, hook)) {
        const std::string call = call_of(root, hook);
        const std::string both = std::string("set ") + kPost + " to run both: '...; " + call +
                                 "', and add " + hook + " to " + kPrograms;
        if (post && !post->value) return cannot_edit(root, kPost, both);
        if (post && !trim(*post->value).empty())
            return error(root.real(kSysconfig).string(), std::nullopt,
                         std::string("an empty ") + kPost + ", found '" + *post->value + "'", both);
        text = set_assignment(text, kPost, call);
    }
    auto programs = find_assignment(text, kPrograms);
    if (programs && !programs->value)
        return cannot_edit(root, kPrograms, "add " + hook + " to it by hand, then install again");
    std::string list = programs ? *programs->value : "";
    if (!has_word(list, hook))
        text = set_assignment(text, kPrograms, list.empty() ? hook : list + " " + hook);
    return text;
}

Result<void> install(const Root& root, const Setup& setup, Plan& plan) {
    auto text = root.read(kSysconfig);
    if (!text) return tl::unexpected<Error>(text.error());
    auto transfer = find_assignment(*text, "KDUMP_TRANSFER");
    if (transfer && (!transfer->value || !trim(*transfer->value).empty()))
        plan.warnings.push_back(std::string(kSysconfig) +
                                " sets KDUMP_TRANSFER, and then kdump runs nothing after the dump: "
                                "call the hook from there");
    auto changed = edited(root, *text, setup.hook);
    if (!changed) return tl::unexpected<Error>(changed.error());
    if (*changed != *text) plan.steps.push_back(WriteFile{kSysconfig, *changed});
    return {};
}

// Our edit as it stands is taken back; one that somebody went on editing loses our words only.
Result<void> uninstall(const Root& root, const Setup& setup, Plan& plan) {
    if (!root.exists(kSysconfig)) return {};
    auto read = root.read(kSysconfig);
    if (!read) return tl::unexpected<Error>(read.error());
    std::string text = *read;
    auto programs = find_assignment(text, kPrograms);
    if (programs && programs->ours) {
        std::string before = restore_assignment(text, kPrograms);
        auto old = find_assignment(before, kPrograms);
        std::string list = old && old->value ? *old->value : "";
        bool untouched = programs->value == (list.empty() ? setup.hook : list + " " + setup.hook);
        if (untouched)
            text = before;
        else if (programs->value)
            text = set_assignment(text, kPrograms, without_word(*programs->value, setup.hook));
    }
    auto post = find_assignment(text, kPost);
    if (post && post->ours && (post->value == long_call(setup.hook) || post->value == setup.hook))
        text = restore_assignment(text, kPost);
    if (text != *read) plan.steps.push_back(WriteFile{kSysconfig, text});
    if (calls(find_assignment(text, kPost), setup.hook))
        plan.warnings.push_back(std::string(kSysconfig) + ": " + kPost +
                                " calls the hook in words of somebody else; take it out by hand");
    return {};
}

Result<std::optional<std::string>> find(const Root& root, const std::string& hook) {
    auto text = root.read(kSysconfig);
    if (!text) return tl::unexpected<Error>(text.error());
    if (!calls(find_assignment(*text, kPost), hook)) return std::nullopt;
    return std::string(kPost) + " in " + kSysconfig;
}

std::vector<std::string> images(const Setup& setup) {
    return {"/var/lib/kdump/initrd", "/boot/initrd-" + setup.release + "-kdump"};
}

void rebuild(const Root&, const Setup&, Plan& plan) {
    plan.steps.push_back(RunCommand{{"mkdumprd", "-f"}});
    plan.steps.push_back(RunCommand{{"systemctl", "try-restart", "kdump.service"}});
}

}  // namespace

const FamilyPart kSuse{install, uninstall, find, images, rebuild};

}  // namespace nfstriage::setup
