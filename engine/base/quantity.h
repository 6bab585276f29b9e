// Times and sizes as people read them, with their unit.
#pragma once

#include <cstdint>
#include <string>

namespace nfstriage {

// "43.2 s", "16.0 ms", "0 s", "12 min", "3.5 d"; negative where the time is still to come.
std::string duration_text(std::int64_t ns);

// "64 KiB", "13.1 MiB", "800 B": powers of 1024.
std::string bytes_text(std::uint64_t bytes);

}  // namespace nfstriage
