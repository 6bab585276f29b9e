// A type as a table of its members, an object as C writes initializers: what fits stands on one
// line, equal neighbours in an array stand once.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "report/columns.h"
#include "report/page.h"
#include "report/typed.h"
#include "report/typed_words.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

using kernel::TypedValue;
using layout::LayoutMember;
using layout::TypeKind;

constexpr std::size_t kStep = 2;               // columns by which parts are indented
constexpr std::size_t kMostOnALine = 8;        // values
constexpr std::size_t kOffset = 8, kSize = 6;  // columns of the table of members

struct Line {
    std::size_t depth = 0;
    VAddr at;
    std::string text;
};
bool same(const Line& a, const Line& b) { return a.depth == b.depth && a.text == b.text; }

std::size_t values_in(const TypedValue& value, std::size_t most) {
    if (!value.has_parts) return 1;
    std::size_t count = 1;
    for (const TypedValue& part : value.parts) {
        count += values_in(part, most);
        if (count > most) break;
    }
    return count;
}

// The reason, where nothing of a value is known and all for one reason.
const Unknown* wholly_unknown(const TypedValue& value) {
    if (!value.has_parts) return value.text || value.number ? nullptr : &value.number.error();
    const Unknown* why = nullptr;
    for (const TypedValue& part : value.parts) {
        const Unknown* of_part = wholly_unknown(part);
        if (of_part == nullptr || (why != nullptr && why->reason != of_part->reason))
            return nullptr;
        why = of_part;
    }
    return why;
}

class ObjectText {
public:
    ObjectText(std::size_t width, Arch arch) : width_(width), arch_(arch) {}

    std::vector<Line> lines(const TypedValue& value) {
        lines_.clear();
        write(value, value.name, 0);
        return std::move(lines_);
    }

private:
    void write(const TypedValue& value, std::string_view name, std::size_t depth) {
        std::string begin = name.empty() ? std::string() : escape(name) + " = ";
        std::size_t used = depth * kStep + display_width(begin);
        if (auto text = on_a_line(value, used < width_ ? width_ - used : 0)) {
            if (name.empty() && value.has_parts && depth > 0 && value.kind != TypeKind::array)
                begin = keyword(value) + " ";
            lines_.push_back({depth, value.address, begin + *text});
            return;
        }
        if (name.empty() && value.kind != TypeKind::array) begin = keyword(value) + " ";
        if (value.kind == TypeKind::union_ && !name.empty()) begin += "union ";
        lines_.push_back({depth, value.address, begin + "{"});
        if (value.kind == TypeKind::array)
            write_elements(value, depth + 1);
        else
            for (const TypedValue& part : value.parts) write(part, part.name, depth + 1);
        if (!value.number && value.number.error().reason == Reason::budget)
            lines_.push_back({depth + 1, value.address, unknown_text(value.number.error())});
        lines_.push_back({depth, value.address, "}"});
    }

    static std::string keyword(const TypedValue& value) {
        return value.kind == TypeKind::union_ ? "union" : "struct";
    }

    // "{next = 0xffff..., prev = 0xffff...}", if it is short.
    std::optional<std::string> on_a_line(const TypedValue& value, std::size_t columns) const {
        if (!value.has_parts) return scalar_text(value, arch_);
        if (const Unknown* why = wholly_unknown(value)) return unknown_text(*why);
        if (value.kind == TypeKind::array) {
            if (auto bytes = hex_bytes(value)) return bytes;
        }
        if (values_in(value, kMostOnALine) > kMostOnALine || value.parts.size() < value.count)
            return std::nullopt;
        std::string text;
        for (const TypedValue& part : value.parts) {
            std::string begin = part.name.empty() ? "" : escape(part.name) + " = ";
            if (part.name.empty() && part.has_parts && part.kind != TypeKind::array)
                begin = keyword(part) + " ";
            auto inner = on_a_line(part, columns);
            if (!inner) return std::nullopt;
            if (!text.empty()) text += ", ";
            text += begin + *inner;
        }
        text = "{" + text + "}";
        if (std::string remark = structure_remark(value); !remark.empty()) text += " " + remark;
        if (display_width(text) > columns) return std::nullopt;
        return text;
    }

    // "01 00 07 81": bytes that are no text, as far as they fit into some lines.
    static std::optional<std::string> hex_bytes(const TypedValue& value) {
        constexpr std::size_t kMostBytes = 64;
        if (value.count > kMostBytes || value.parts.size() < value.count) return std::nullopt;
        std::string text;
        for (const TypedValue& byte : value.parts) {
            const bool plain =
                byte.kind == TypeKind::integer && byte.size == 1 && byte.number && !byte.is_signed;
            if (!plain) return std::nullopt;
            text += fmt::format("{}{:02x}", text.empty() ? "" : " ", *byte.number & 0xff);
        }
        if (text.empty()) return std::nullopt;
        return text;
    }

    // Each element, or a run of equal ones as "[3..15] = 0".
    void write_elements(const TypedValue& array, std::size_t depth) {
        std::vector<Line> before = std::move(lines_);
        std::vector<Line> run;
        std::size_t run_begin = 0, index = 0;
        auto end_run = [&] {
            if (run.empty()) return;
            std::string name = index - run_begin > 1 ? fmt::format("[{}..{}]", run_begin, index - 1)
                                                     : fmt::format("[{}]", run_begin);
            run.front().text = name + " = " + run.front().text;
            before.insert(before.end(), run.begin(), run.end());
            run.clear();
        };
        for (const TypedValue& element : array.parts) {
            lines_.clear();
            write(element, "", depth);
            if (run.empty() ||
                !std::equal(run.begin(), run.end(), lines_.begin(), lines_.end(), same)) {
                end_run();
                run_begin = index;
                run = std::move(lines_);
            }
            ++index;
        }
        end_run();
        lines_ = std::move(before);
        if (array.parts.size() < array.count)
            lines_.push_back(
                {depth, array.address,
                 fmt::format("... {} more elements (--limit)", array.count - array.parts.size())});
    }

    std::size_t width_;
    Arch arch_;
    std::vector<Line> lines_;
};

std::string offset_text(const LayoutMember& member) {
    std::string text = std::to_string(member.offset);
    return member.bit_size == 0 ? text : text + fmt::format(":{}", member.bit_offset);
}

std::string size_text(const LayoutMember& member) {
    return member.bit_size == 0 ? std::to_string(member.size) : fmt::format(":{}", member.bit_size);
}

void write_members(Page& page, const std::vector<LayoutMember>& members, std::size_t depth) {
    for (const LayoutMember& member : members) {
        std::string text =
            fmt::format("{:>{}}{:>{}}  ", offset_text(member), kOffset, size_text(member), kSize);
        text.append(depth * kStep, ' ');
        text += escape(member.declaration);
        if (member.opened) {
            if (member.declaration == "union" || member.declaration == "struct") {
                if (!member.name.empty()) text += " " + escape(member.name);
            }
        }
        page.row(text, 0);
        write_members(page, member.parts, depth + 1);
    }
}

void write_type(Page& page, const facts::TypeAnswer& type) {
    std::string head = escape(type.spelling);
    join(head, std::to_string(type.size) + " bytes", " · ");
    join(head, type.source, " · ");
    page.section(head);
    if (!type.members.empty()) {
        page.row(fmt::format("{:>{}}{:>{}}  member", "offset", kOffset, "size", kSize), 0,
                 Ink::dim);
        write_members(page, type.members, 0);
        return;
    }
    std::size_t name = 0;
    for (const layout::Enumerator& one : type.enumerators)
        name = std::max(name, display_width(escape(one.name)));
    for (const layout::Enumerator& one : type.enumerators)
        page.row(pad(escape(one.name), name) + " = " + std::to_string(one.value), kStep);
    if (type.enumerators.empty() && !type.base.empty() && type.base != type.spelling)
        page.row(escape(type.base), kStep);
}

std::string slab_text(const kernel::SlabObject& slab) {
    std::string text = "slab cache " + escape(slab.cache.name);
    if (slab.cache.shared && *slab.cache.shared) text += " (merged with others)";
    if (slab.free) text += *slab.free ? ", FREE" : ", allocated";
    if (slab.offset != 0)
        text += fmt::format(", {:#x} bytes into the object at {}", slab.offset, hex(slab.begin));
    return text;
}

void write_object(Page& page, const facts::TypeAnswer& type, const facts::ObjectAnswer& object,
                  bool places, Arch arch) {
    std::string head = escape(type.spelling) + " " + hex(object.address);
    if (!object.symbol.empty()) head += " <" + escape(object.symbol) + ">";
    if (object.slab) head += " · " + slab_text(*object.slab);
    page.section(head);
    for (const std::string& note : object.notes) page.paragraph(note, kStep, Ink::yellow);
    constexpr std::size_t kPlace = 19;  // columns of an address and a blank
    const std::size_t begin = kStep + (places ? kPlace : 0);
    ObjectText text(page.width() > begin ? page.width() - begin : 1, arch);
    for (const TypedValue& value : object.values) {
        std::vector<Line> lines = text.lines(value);
        // The braces of the whole object say nothing.
        const bool whole = value.name.empty() && lines.size() > 2;
        for (std::size_t i = whole ? 1 : 0; i + (whole ? 1 : 0) < lines.size(); ++i) {
            const Line& line = lines[i];
            std::size_t indent = kStep + (line.depth - (whole ? 1 : 0)) * kStep;
            std::string content = line.text;
            if (places) content = hex(line.at) + " " + std::string(indent - kStep, ' ') + content;
            if (places) indent = kStep;
            if (display_width(content) + indent <= page.width())
                page.row(content, indent);
            else
                page.paragraph(content, indent);
        }
    }
}

}  // namespace

void typed_to_text(const facts::TypedLook& look, bool places, const TextOptions& options,
                   const TakePiece& put) {
    const std::size_t width = std::max<std::size_t>(options.width, 40);
    TextPage head(width, options.colour);
    const facts::Opened& opened = look.opened();
    std::string summary;
    if (opened.kernel.release) summary = clip(escape(*opened.kernel.release), 80);
    if (opened.kernel.arch) join(summary, to_string(*opened.kernel.arch), " ");
    join(summary, clip(escape(opened.input.format), 80), " · ");
    head.paragraph(summary, 0, Ink::dim);
    if (!look.has_objects()) write_type(head, look.type());
    put(std::move(head).take());
    look.read([&](const facts::ObjectAnswer& object) {
        TextPage page(width, options.colour);
        write_object(page, look.type(), object, places, opened.kernel.arch.value_or(Arch::x86_64));
        put("\n" + std::move(page).take());
    });
    TextPage foot(width, options.colour);
    std::string_view label = "Missing";
    for (const std::string& missing : opened.input.missing) {
        foot.labelled(label, missing, 9);
        label = "";
    }
    std::string text = std::move(foot).take();
    if (!text.empty()) put("\n" + text);
}

}  // namespace nfstriage::report
