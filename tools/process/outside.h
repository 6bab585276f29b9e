// Work that a confined process cannot do itself and leaves to the process that it was forked from:
// a few services that were offered before, each a function from bytes to bytes. Nothing else can be
// asked for. What is asked is foreign data to the service.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace nfstriage {

class Outside {
public:
    using Service = std::function<std::string(const std::string& request)>;

    Outside();
    ~Outside();
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

    // A function to call in place of `service`, before, in and without run(): inside the work of
    // run() the process outside calls `service` and passes its answer on. "" where that went wrong,
    // or request or answer are larger than 256 MiB. It lives longer than the Outside if need be.
    Service offer(Service service);
    bool has_services() const;

    // Runs `work` in a process forked from this one, which dies with it, and serves it until it
    // ends. Gives its wait status; `work` gives its exit status. Nothing that this process holds is
    // destroyed in that one when it ends. Errors: there is no process or socket to be had.
    Result<int> run(const std::function<int()>& work);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace nfstriage
