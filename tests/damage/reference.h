// What is said of an undamaged sample, and what was looked at for it: aims for damage, and what
// answers on less are compared with.
#pragma once

#include <cstdint>
#include <vector>

#include "damage/analysis.h"
#include "damage/file_layout.h"
#include "damage/sample.h"

namespace nfstriage::damage {

struct Word {  // 8 bytes of memory, aligned, that somebody read
    PAddr at;
    std::uint64_t value = 0;
};

// Words that hold times, by what they are.
struct ClockWords {
    std::vector<Word> jiffies, wall, ktime, printk;
};

struct Reference {
    Answer answer;
    std::vector<Pfn> pages;      // that the answer touched, ascending
    std::vector<Pfn> log_pages;  // without which messages are missing
    // By how they were read: as a member, in a piece, as part of a whole page (tables, stacks).
    std::vector<Word> members, pieces, bulk;
    std::vector<Word> pointers;  // of members and pieces
    ClockWords clock;
    std::vector<FileRange> metadata, descriptors;
};

// Everything for a dump; of other forms where the file's headers lie. Throws where the undamaged
// sample cannot be read.
Reference make_reference(const Sample& sample);

}  // namespace nfstriage::damage
