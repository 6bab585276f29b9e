#include "report/text.h"

#include <sstream>

#include "catch.h"
#include "report/columns.h"
#include "report/golden.h"
#include "report/verdicts.h"

using namespace nfstriage;
using report::to_text;

namespace {

std::size_t widest_line(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    std::size_t widest = 0;
    while (std::getline(lines, line)) widest = std::max(widest, report::display_width(line));
    return widest;
}

bool has_control(const std::string& text) {
    for (char c : text)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) return true;
    return false;
}

}  // namespace

TEST_CASE("pages look as they should") {
    test::check_golden("known_bug.txt", to_text(test::known_bug(), {}));
    test::check_golden("unknown_signature.txt", to_text(test::unknown_signature(), {}));
    test::check_golden("no_crash.txt", to_text(test::plain(verdict::Status::no_crash,
                                                           "No kernel crash in this input",
                                                           "The log holds no report."),
                                               {}));
}

TEST_CASE("the answer is the first line") {
    std::string text = to_text(test::known_bug(), {});
    CHECK(text.starts_with("KNOWN BUG (certain)  nfs_wb_page() never returns"));
    CHECK(to_text(test::unknown_signature(), {}).starts_with("UNKNOWN SIGNATURE (likely)"));
    CHECK(to_text(test::plain(verdict::Status::not_nfs, "t", ""), {}).starts_with("NOT NFS"));
    CHECK(to_text(test::plain(verdict::Status::inconclusive, "t", ""), {}).starts_with("INCONCL"));
    CHECK(to_text(test::plain(verdict::Status::known_condition, "t", ""), {})
              .starts_with("KNOWN CONDITION"));
}

TEST_CASE("no line is wider than asked for") {
    for (std::size_t width : {60u, 80u, 100u, 140u}) {
        CHECK(widest_line(to_text(test::known_bug(), {width, false})) <= width);
        CHECK(widest_line(to_text(test::unknown_signature(), {width, false})) <= width);
    }
}

TEST_CASE("colour only when asked for, and only around whole words") {
    CHECK_FALSE(has_control(to_text(test::known_bug(), {100, false})));
    std::string coloured = to_text(test::known_bug(), {100, true}), plain;
    CHECK(has_control(coloured));
    for (std::size_t i = 0; i < coloured.size(); ++i) {
        if (coloured[i] == '\x1b')
            i = coloured.find('m', i);
        else
            plain += coloured[i];
    }
    CHECK(plain == to_text(test::known_bug(), {100, false}));
}

TEST_CASE("a record that does not apply to this kernel is not sold as a remedy") {
    verdict::Verdict verdict = test::known_bug();
    verdict.verdicts[0].status = verdict::Status::candidate;
    auto& record = verdict.verdicts[0].records[0];
    for (auto status : {knowledge::HereStatus::fixed, knowledge::HereStatus::not_affected}) {
        record.status = status;
        std::string text = to_text(verdict, {});
        CHECK_THAT(text, ContainsSubstring("no remedy here"));
        CHECK(text.find("06c9fdf3b9f1  ") == std::string::npos);
        CHECK(text.find("Until then") == std::string::npos);
    }
    record.status = knowledge::HereStatus::unknown;
    record.plausible = Tri::no;
    CHECK_THAT(to_text(verdict, {}), ContainsSubstring("no remedy here"));
    record.plausible = Tri::unknown;
    CHECK_THAT(to_text(verdict, {}), ContainsSubstring("06c9fdf3b9f1  missing (probe)"));
}

TEST_CASE("guessed frames are not shown as part of the stack") {
    verdict::Verdict verdict = test::unknown_signature();
    std::string text = to_text(verdict, {});
    CHECK(text.find("try_to_wake_up") == std::string::npos);
    CHECK(text.find("only guesses") == std::string::npos);
    auto& frames = verdict.stacks[0].frames;
    for (Frame& frame : frames) frame.trust = Trust::guess;
    verdict.crash->top = frames.front();
    text = to_text(verdict, {});
    CHECK_THAT(text, ContainsSubstring("(no frame that can be trusted, only guesses: " +
                                       std::to_string(frames.size()) + ")\n"));
    CHECK_THAT(text, ContainsSubstring(" — perhaps in " + frames.front().function));
}

TEST_CASE("frames of NFS and the blamed one show the pointers that they were called with") {
    verdict::Verdict verdict = test::unknown_signature();
    auto& frames = verdict.stacks[0].frames;  // nfsd_vfs_write nfsd4_write svc_process kthread
    frames.erase(frames.begin() + 1);         // the guessed one
    using test::argument;
    frames[0].arguments = {
        argument(0, "rqstp", "struct svc_rqst *", 0xffff888100000000, {"rbx"}, Trust::orc),
        argument(1, "cnt", "unsigned long *", 0, {"r8"}, Trust::orc),
        argument(2, "stable", "int", 2, {"r9"}, Trust::orc)};
    frames[1].arguments = {
        argument(0, "rqstp", "struct svc_rqst *", 0xffff888100000000, {"rbp"}, Trust::orc),
        argument(1, "u", "union nfsd4_op_u *", 0xffff888100001000, {"r12"}, Trust::orc,
                 "r13 gives 0xffff888100002000"),
        argument(2, "flags", "unsigned int", 7, {"r14"}, Trust::orc),
        argument(3, "calldata", "const void *", 0xffff888100000000, {"r15"}, Trust::orc)};
    frames[2].arguments = {
        argument(0, "rqstp", "struct svc_rqst *", 0xffff888100003000, {"stack"}, Trust::scan),
        argument(1, "", "", 0x10, {"rsi"}, Trust::orc)};
    frames[0].stack_pointer = 0xffffc90000100000;
    frames[3].stack_pointer = 0xffffc90000100100;
    frames[2].arguments.push_back(
        argument(2, "local", "struct kvec *", 0xffffc90000100080, {"rsi"}, Trust::orc));
    frames[3].arguments = {argument(0, "data", "void *", 0xffff888100004000, {"rbx"}, Trust::orc)};

    std::string text = to_text(verdict, {});
    SECTION("in C words") {
        CHECK_THAT(text, ContainsSubstring("rqstp = (struct svc_rqst *) 0xffff888100000000, cnt = "
                                           "(unsigned long *) NULL\n"));
    }
    SECTION("only pointers, and none twice") {
        CHECK(text.find("stable") == std::string::npos);
        CHECK(text.find("flags") == std::string::npos);
        CHECK(text.find("calldata") == std::string::npos);
        CHECK(text.find("local") == std::string::npos);
        CHECK(text.find("0xffff888100000000") == text.rfind("0xffff888100000000"));
        CHECK(text.find("argument 1 = 0x10") == std::string::npos);
    }
    SECTION("a doubtful or guessed value is marked, with the ground") {
        CHECK_THAT(text, ContainsSubstring("u = (union nfsd4_op_u *) 0xffff888100001000 (? r13 "
                                           "gives 0xffff888100002000)"));
        CHECK_THAT(text, ContainsSubstring("0xffff888100003000 (? found by scan)"));
    }
    SECTION("frames of others have none") { CHECK(text.find("void *") == std::string::npos); }
    SECTION("in any width, coloured or not") {
        CHECK(widest_line(to_text(verdict, {60, false})) <= 60);
        CHECK(has_control(to_text(verdict, {100, true})));
    }
}

TEST_CASE("arguments take few lines of a verdict, and a frame has all of its own or none") {
    verdict::Verdict verdict = test::unknown_signature();
    auto& frames = verdict.stacks[0].frames;
    frames.clear();
    for (unsigned i = 0; i < 12; ++i) {
        frames.push_back(test::frame("nfsd_made_up_" + std::to_string(i) + " nfsd", Trust::orc));
        frames.back().arguments = {test::argument(0, "one", "struct nfsd_made_up_structure *",
                                                  0x1000 + i, {"rbx"}, Trust::orc),
                                   test::argument(1, "two", "struct nfsd_made_up_structure *",
                                                  0x2000 + i, {"rbp"}, Trust::orc)};
    }
    std::string narrow = to_text(verdict, {60, false});
    CHECK_THAT(narrow, ContainsSubstring("0x2003"));
    CHECK(narrow.find("0x1004") == std::string::npos);
    CHECK_THAT(narrow, ContainsSubstring("nfsd_made_up_11"));
}

TEST_CASE("where a value was read is said once, and a call that has a name not at all") {
    verdict::Verdict verdict = test::known_bug();
    const rules::Operand call{"argument(\"nfs_wb_page\", 1)", "0xfffffad900001000", "in x21", {}};
    const rules::Operand page{"page", "0xfffffad900001000", "in x21", {}};
    const rules::Operand other{"argument(\"nfs_wb_page\", 0)", "0xffff8a35c3d42048", "in x20", {}};
    auto& evidence = verdict.verdicts[0].evidence;
    evidence[0].operands = {call, page, other};
    evidence[1].operands = {page};
    std::string text = to_text(verdict, {200, false});
    CHECK_THAT(text, ContainsSubstring("inside_nfs_wb_page: page = 0xfffffad900001000 (in x21); "
                                       "argument(\"nfs_wb_page\", 0) = "));
    CHECK_THAT(text, ContainsSubstring("page_error_private: page = 0xfffffad900001000\n"));
}

TEST_CASE("hostile strings neither act on the terminal nor flood it") {
    verdict::Verdict hostile = test::known_bug();
    std::string comm = "\x1b[2J\x9b\xff" + std::string(10000, 'a');
    hostile.crash->task.comm = comm;
    hostile.panic->task.comm = comm;
    hostile.panic->reason = comm;
    hostile.stacks[0].task.comm = comm;
    hostile.stacks[0].frames[0].function = comm;
    hostile.stacks[0].frames[0].module = comm;
    hostile.stacks[0].frames[2].arguments = {
        test::argument(0, comm, comm + " *", 1, {comm}, Trust::orc, comm)};
    hostile.crash->message = comm + "\n\nKNOWN BUG (certain) forged";
    hostile.crash->top = hostile.stacks[0].frames[0];
    hostile.kernel.release = comm;
    hostile.kernel.taint = comm.substr(0, 50);
    hostile.verdicts[0].evidence[0].operands[0].value = comm;
    hostile.state = {comm.substr(0, 300)};
    std::string text = to_text(hostile, {});
    CHECK_FALSE(has_control(text));
    CHECK(text.find('\xff') == std::string::npos);
    CHECK(text.find('\x9b') == std::string::npos);
    CHECK(text.find("\nKNOWN BUG (certain) forged") == std::string::npos);
    CHECK(widest_line(text) <= 100);
    CHECK(text.size() < 12000);
}

TEST_CASE("an unreadable input is named with place and remedy") {
    std::string text = report::error_to_text(
        {"core\x1b[2J", 17, "expected the KDUMP signature, found zeros", "copy the file again"},
        {});
    CHECK_FALSE(has_control(text));
    CHECK_THAT(text, ContainsSubstring("at byte 17: expected the KDUMP signature"));
    CHECK_THAT(text, ContainsSubstring("copy the file again"));
}

TEST_CASE("columns are counted as a terminal counts them") {
    CHECK(report::display_width("abc") == 3);
    CHECK(report::display_width("gr\xc3\xbc\xc3\x9f") == 4);
    CHECK(report::display_width("\xe9\xba\x92\xe9\xba\x9f") == 4);  // two wide characters
    CHECK(report::display_width("e\xcc\x81") == 1);                 // e and a combining accent
    CHECK(report::clip("abcdef", 4) == "abc…");
    CHECK(report::clip("\xe9\xba\x92\xe9\xba\x9f", 3) == "\xe9\xba\x92…");
    CHECK(report::wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
    CHECK(report::wrap("abcdefgh ij", 3) == std::vector<std::string>{"abc", "def", "gh", "ij"});
    CHECK(report::wrap("", 10) == std::vector<std::string>{""});
    CHECK(report::wrap("   ", 10) == std::vector<std::string>{""});
}
