#include "facts/scene.h"

namespace nfstriage::facts {

const Stack* Scene::stack(StackRole role) const {
    for (const Stack& candidate : stacks)
        if (candidate.role == role) return &candidate;
    return nullptr;
}

std::string_view to_string(StackRole role) {
    switch (role) {
        case StackRole::panic:
            return "panic";
        case StackRole::crash:
            return "crash";
        case StackRole::first_error:
            return "first_error";
        case StackRole::holder:
            return "holder";
        case StackRole::blocked:
            return "blocked";
        case StackRole::other:
            return "other";
    }
    return "other";
}

}  // namespace nfstriage::facts
