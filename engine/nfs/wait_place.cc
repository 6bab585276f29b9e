#include "nfs/wait_place.h"

#include <algorithm>
#include <array>

#include "kernel/wait_queue_stack.h"
#include "nfs/family.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// The words whose bits tasks wait on, and what it means.
struct Word {
    WaitKind kind;
    std::string_view type, member;
};
constexpr std::array kWords{
    Word{WaitKind::rpc_task, "struct rpc_task", "tk_runstate"},
    Word{WaitKind::nfs_page, "struct nfs_page", "wb_flags"},
    Word{WaitKind::inode_bit, "struct nfs_inode", "flags"},
    Word{WaitKind::state_manager, "struct nfs_client", "cl_state"},
    Word{WaitKind::layout, "struct pnfs_layout_hdr", "plh_flags"},
    Word{WaitKind::io_counter, "struct nfs_lock_context", "io_count"},
    Word{WaitKind::client_init, "struct nfs4_pnfs_ds", "ds_state"},
    Word{WaitKind::nfsd_file, "struct nfsd_file", "nf_flags"},
    Word{WaitKind::key, "struct key", "flags"},
};

// One way to the object.
struct Way {
    std::uint64_t value = 0;
    Trust trust = Trust::guess;
    std::string how;
};

std::string pointer_to(std::string_view type) {
    return type.empty() ? "void *" : std::string(type) + " *";
}

std::string words_of(const Frame& frame, unsigned index, const Argument& argument) {
    std::string text = std::string(without_suffix(frame.function)) + "() ";
    text += argument.name.empty() ? "argument " + std::to_string(index) : argument.name;
    if (!argument.how.empty()) text += ": " + argument.how.front();
    return text;
}

class Finder {
public:
    Finder(const Roots& roots, const Sleeper& sleeper) : roots_(roots), sleeper_(sleeper) {}

    WaitPlace run() {
        for (const Frame& frame : sleeper_.frames)
            if (frame.trust != Trust::guess && own_component_of(frame)) {
                place_.caller = without_suffix(frame.function);
                place_.caller_trust = frame.trust;
                break;
            }
        if (sleeper_.frames.empty()) {
            place_.doubt = to_string(sleeper_.why_no_frames);
        } else if (sleeper_.running || sleeper_.task.state == 0) {
            find_spinning();
        } else {
            walk_region();
            decide();
        }
        return std::move(place_);
    }

private:
    struct Inner {
        std::size_t frame;
        const WaitFunction* row;
    };

    const WaitFunction* row(std::size_t frame) const {
        const Frame& at = sleeper_.frames[frame];
        return at.trust == Trust::guess ? nullptr : find_wait_function(at.function);
    }

    void find_spinning() {
        place_.kind = WaitKind::running;
        // Not where it was stopped or preempted, if it is known for what it was there.
        place_.function = place_.caller.empty()
                              ? std::string(without_suffix(sleeper_.frames.front().function))
                              : place_.caller;
        for (std::size_t i = 0; i < sleeper_.frames.size(); ++i) {
            const WaitFunction* at = row(i);
            if (at == nullptr || at->kind != WaitKind::spinlock) continue;
            place_.kind = at->kind;
            place_.function = at->function;
            if (auto way = way_of(i, *at)) ways_.push_back(std::move(*way));
            settle(at->type);
            return;
        }
    }

    // The innermost frames, up to the function that calls what puts tasks to sleep.
    void walk_region() {
        std::size_t i = 0;
        for (; i < sleeper_.frames.size(); ++i) {
            const Frame& frame = sleeper_.frames[i];
            if (frame.trust == Trust::guess) continue;
            const WaitFunction* at = find_wait_function(frame.function);
            if (at == nullptr || at->role == WaitRole::meaning) break;
            if (place_.function.empty() && at->kind != WaitKind::running)
                place_.function = at->function;
            if (at->role != WaitRole::scheduler) region_.push_back({i, at});
        }
        user_ = i;
        if (place_.function.empty() && user_ < sleeper_.frames.size())
            place_.function = without_suffix(sleeper_.frames[user_].function);
    }

    std::optional<Way> way_of(std::size_t frame, const WaitFunction& at) const {
        if (at.path == WaitPath::none || !sleeper_.argument) return std::nullopt;
        auto argument = sleeper_.argument(frame, at.argument, pointer_to(at.type));
        if (!argument || !argument->value) return std::nullopt;
        Way way{*argument->value, argument->trust,
                words_of(sleeper_.frames[frame], at.argument, *argument)};
        Object object = roots_.reader.object(at.type, VAddr{way.value});
        if (at.path == WaitPath::member) {
            auto target = object.pointer(at.member);
            if (!target || target->is_null()) return std::nullopt;
            way.value = target->value;
        } else if (at.path == WaitPath::container) {
            auto outer = object.container(at.object, at.member);
            if (!outer) return std::nullopt;
            way.value = outer->address().value;
        } else if (at.path == WaitPath::embedded) {
            auto inner = object.address_of(at.member);
            if (!inner) return std::nullopt;
            way.value = inner->value;
        }
        return way;
    }

    void decide() {
        const WaitFunction* meaning = user_ < sleeper_.frames.size() ? row(user_) : nullptr;
        bool has_lock = std::any_of(region_.begin(), region_.end(), [](const Inner& inner) {
            return inner.row->role == WaitRole::lock;
        });
        if (has_lock) return decide_lock();
        bool has_generic = !region_.empty();
        if (meaning != nullptr) {
            place_.kind = meaning->kind;
            place_.purpose = meaning->function;
            // They sleep for a while, too: nfs4_delay() is inlined into them.
            if (place_.kind == WaitKind::state_manager && !has_generic)
                place_.kind = WaitKind::delay;
        } else {
            place_.kind = has_generic ? region_.back().row->kind : WaitKind::wait_queue;
            if (user_ < sleeper_.frames.size())
                place_.purpose = without_suffix(sleeper_.frames[user_].function);
        }
        if (has_generic && region_.front().row->kind == WaitKind::bit) find_word(meaning);
        if (has_generic && region_.back().row->kind == WaitKind::completion)
            find_completion(meaning);
        if (meaning != nullptr)
            if (auto way = way_of(user_, *meaning)) {
                ways_.push_back(std::move(*way));
                type_ = meaning->object.empty() ? meaning->type : meaning->object;
            }
        settle(type_);
    }

    // A lock names itself: by every function of its own that is on the stack.
    void decide_lock() {
        for (const Inner& inner : region_) {
            if (inner.row->role != WaitRole::lock) continue;
            bool refines = place_.kind == WaitKind::unknown || place_.kind == WaitKind::folio_bit;
            if (refines) place_.kind = inner.row->kind;
            if (type_.empty()) type_ = inner.row->type;
            if (auto way = way_of(inner.frame, *inner.row)) ways_.push_back(std::move(*way));
        }
        if (user_ < sleeper_.frames.size())
            place_.purpose = without_suffix(sleeper_.frames[user_].function);
        find_queued(type_);
        if (type_ == "struct folio" || type_ == "struct page") find_page_bit();
        settle(type_);
    }

    // Which bit of a page: the argument after the page, in every generation.
    void find_page_bit() {
        for (const Inner& inner : region_) {
            if (place_.bit) break;
            if (inner.row->kind != WaitKind::folio_bit || !sleeper_.argument) continue;
            auto bit = sleeper_.argument(inner.frame, inner.row->argument + 1, "int");
            if (!bit || !bit->value) continue;
            place_.bit = *bit->value;
            break;
        }
        if (place_.kind != WaitKind::folio_bit || !place_.bit) return;
        const layout::Types& types = roots_.reader.types();
        auto is = [&](std::string_view name) {
            auto value = types.enumerator(name);
            return value && *value >= 0 && static_cast<std::uint64_t>(*value) == *place_.bit;
        };
        if (is("PG_locked")) place_.kind = WaitKind::folio_lock;
        if (is("PG_writeback")) place_.kind = WaitKind::folio_writeback;
    }

    // The word of a bit, and what it is a member of.
    void find_word(const WaitFunction* meaning) {
        std::optional<Way> word;
        for (const Inner& inner : region_) {
            if (inner.row->kind != WaitKind::bit) continue;
            auto way = way_of(inner.frame, *inner.row);
            if (!way) continue;
            if (!word || way->trust < word->trust) word = way;
            find_bit_number(inner);
        }
        Object task = roots_.reader.object("struct task_struct", sleeper_.task.address);
        Budget budget = roots_.budget();
        auto queued = kernel::read_waits_on_stack(task, budget);
        if (queued.bits.size() == 1 && queued.bits.front().word) {
            const kernel::BitWait& wait = queued.bits.front();
            if (word && word->value != wait.word->value)
                place_.doubt = word->how + " gives " + hex(VAddr{word->value});
            bool agrees = word && word->value == wait.word->value;
            word = Way{wait.word->value, Trust::registers,
                       agrees ? word->how + " and queued on its stack" : "queued on its stack"};
            if (wait.bit && *wait.bit >= 0) place_.bit = static_cast<std::uint64_t>(*wait.bit);
        }
        if (!word) return;
        if (const Word* known = word_at(VAddr{word->value}, meaning)) {
            auto object =
                roots_.reader.object("", VAddr{word->value}).container(known->type, known->member);
            if (place_.kind == WaitKind::bit) place_.kind = known->kind;
            ways_.push_back({object->address().value, word->trust,
                             word->how + ", " + std::string(known->member) + " of the object"});
            type_ = known->type;
        } else if (meaning == nullptr || meaning->path == WaitPath::none) {
            ways_.push_back(std::move(*word));
        }
    }

    void find_bit_number(const Inner& inner) {
        if (place_.bit || !sleeper_.argument) return;
        if (inner.row->path == WaitPath::itself) {
            auto bit = sleeper_.argument(inner.frame, 1, "int");
            if (bit && bit->value) place_.bit = *bit->value;
            return;
        }
        auto entry =
            sleeper_.argument(inner.frame, inner.row->argument, pointer_to(inner.row->type));
        if (!entry || !entry->value) return;
        auto bit = roots_.reader.object(inner.row->type, VAddr{*entry->value}).number("key.bit_nr");
        if (bit) place_.bit = *bit;
    }

    // By the function that only waits for such words, by the caller's purpose, or by the object
    // that memory shows there.
    const Word* word_at(VAddr word, const WaitFunction* meaning) const {
        bool by_rpc = std::any_of(
            sleeper_.frames.begin(), sleeper_.frames.begin() + static_cast<std::ptrdiff_t>(user_),
            [](const Frame& frame) { return frame.function.starts_with("rpc_wait_bit_killable"); });
        for (const Word& known : kWords) {
            bool is_meant = meaning != nullptr && meaning->kind == known.kind;
            auto object = roots_.reader.object("", word).container(known.type, known.member);
            if (!object) continue;
            if (by_rpc && known.kind == WaitKind::rpc_task) return &known;
            if (by_rpc) continue;
            Tri alike = roots_.objects.looks_like(known.type, object->address());
            if (alike == Tri::yes || (is_meant && alike == Tri::unknown)) return &known;
        }
        return nullptr;
    }

    // What a completion is a member of.
    void find_completion(const WaitFunction* meaning) {
        std::optional<Way> best;
        for (const Inner& inner : region_) {
            if (inner.row->kind != WaitKind::completion) continue;
            auto way = way_of(inner.frame, *inner.row);
            if (way && (!best || way->trust < best->trust)) best = way;
        }
        if (!best) return;
        if (meaning != nullptr && meaning->kind == WaitKind::direct_io) {
            auto request = roots_.reader.object("struct completion", VAddr{best->value})
                               .container("struct nfs_direct_req", "completion");
            if (request) {
                best->value = request->address().value;
                best->how += ", completion of the object";
                type_ = "struct nfs_direct_req";
                ways_.push_back(std::move(*best));
            }
            return;
        }
        if (meaning != nullptr && meaning->path != WaitPath::none) return;
        type_ = "struct completion";
        ways_.push_back(std::move(*best));
    }

    // What the task queued itself on, as its own stack and the queue's neighbours show.
    void find_queued(std::string_view type) {
        Object task = roots_.reader.object("struct task_struct", sleeper_.task.address);
        Budget budget = roots_.budget();
        if (type == "struct mutex" || type == "struct rw_semaphore" || type == "struct semaphore") {
            auto blocked = kernel::find_lock_on_stack(task, type, budget);
            if (blocked)
                ways_.push_back({blocked->lock.value, Trust::registers, "queued on its stack"});
            auto told = kernel::read_blocked_on(task);
            if (told && told->type == type)
                ways_.push_back({told->lock.value, Trust::registers, "blocker of the task_struct"});
        } else if (type == "struct folio" || type == "struct page") {
            auto waits = kernel::read_waits_on_stack(task, budget);
            if (waits.folios.size() != 1 || !waits.folios.front().folio) return;
            const kernel::FolioWait& wait = waits.folios.front();
            ways_.push_back({wait.folio->value, Trust::registers, "queued on its stack"});
            if (wait.bit && *wait.bit >= 0) place_.bit = static_cast<std::uint64_t>(*wait.bit);
        }
    }

    // The best founded value, and what the others say of it.
    void settle(std::string_view type) {
        place_.type = type;
        if (ways_.empty()) {
            if (place_.doubt.empty()) place_.doubt = "nothing that is left on the stack tells";
            return;
        }
        auto best = std::min_element(ways_.begin(), ways_.end(),
                                     [](const Way& a, const Way& b) { return a.trust < b.trust; });
        place_.object = VAddr{best->value};
        place_.trust = best->trust;
        for (const Way& way : ways_) {
            if (way.value == best->value) {
                place_.how.push_back(way.how);
            } else if (place_.doubt.empty()) {
                place_.doubt = way.how + " gives " + hex(VAddr{way.value});
            }
        }
        if (type.empty()) return identify();
        auto likeness = roots_.objects.likeness(type, *place_.object);
        if (likeness.answer == Tri::yes) place_.how.push_back(likeness.ground);
        if (likeness.answer == Tri::no) {
            place_.doubt = "memory there is no " + std::string(type);
            place_.trust = Trust::guess;
        }
    }

    void identify() {
        auto found = roots_.objects.identify(*place_.object);
        if (found.type.empty()) return;
        place_.type = found.type;
        place_.how.push_back(found.ground);
    }

    const Roots& roots_;
    const Sleeper& sleeper_;
    WaitPlace place_;
    std::vector<Inner> region_;  // frames that put the task to sleep, scheduler's left out
    std::size_t user_ = 0;       // frame that called them
    std::vector<Way> ways_;
    std::string_view type_;
};

}  // namespace

bool has_nameless_function(const Sleeper& sleeper) {
    return std::any_of(sleeper.frames.begin(), sleeper.frames.end(), [](const Frame& frame) {
        return frame.trust != Trust::guess && frame.function.empty();
    });
}

bool is_known_whole(const Sleeper& sleeper) {
    return sleeper.complete && !has_nameless_function(sleeper);
}

WaitPlace find_wait_place(const Roots& roots, const Sleeper& sleeper) {
    return Finder(roots, sleeper).run();
}

std::optional<Argument> argument_of(const Sleeper& sleeper, std::string_view function,
                                    unsigned index, std::string_view type) {
    if (!sleeper.argument) return std::nullopt;
    for (std::size_t i = 0; i < sleeper.frames.size(); ++i) {
        if (sleeper.frames[i].trust == Trust::guess ||
            without_suffix(sleeper.frames[i].function) != function)
            continue;
        auto argument = sleeper.argument(i, index, type);
        if (argument && argument->value) return *argument;
    }
    return std::nullopt;
}

}  // namespace nfstriage::nfs
