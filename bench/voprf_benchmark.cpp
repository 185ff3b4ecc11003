// Blind pseudonyms beside libsodium's bare scalar multiplication. Usage: voprf_benchmark [seconds per line]
#include "core/pseudonym/voprf_messages.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <time.h>

namespace {

using namespace health_dp::core;
using namespace health_dp::core::voprf;

// Of this thread alone: others on the machine do not count, as far as they leave its caches and its clock rate alone.
double processor_microseconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e6 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_nsec);
}

void must(bool ok) {
    if (!ok)
        throw std::logic_error("a step failed");
}

// The least of several runs, for each of the elements that one run works on: what disturbs makes runs slower only.
template <class Work>
double least(double seconds, std::size_t elements, Work&& work) {
    constexpr int kFewestRuns = 5;
    // A clock that is fast for an instant is no speed either.
    constexpr std::size_t kFewestElements = 50;
    const std::size_t repeats = (kFewestElements + elements - 1) / elements;
    double best = 1e300;
    double spent = 0;
    for (int runs = 0; spent < 1e6 * seconds || runs < kFewestRuns; ++runs) {
        const double began = processor_microseconds();
        for (std::size_t i = 0; i < repeats; ++i)
            work();
        const double took = processor_microseconds() - began;
        best = std::min(best, took);
        spent += took;
    }
    return best / static_cast<double>(elements * repeats);
}

// How deep the stack is decides over a tenth of a multiplication's time, by how libsodium's tables lie to each other;
// so what is compared with is the best of some depths.
[[gnu::noinline]] void multiply_at(unsigned depth, const Scalar& scalar, Element::Bytes& product) {
    if (depth > 0) {
        multiply_at(depth - 1, scalar, product);
        asm volatile("" : : : "memory"); // no tail call: each level has a frame of its own
        return;
    }
    must(crypto_scalarmult_ristretto255(product.data(), scalar.bytes().data(), product.data()) == 0);
}

double bare_microseconds(double seconds, const Scalar& scalar) {
    constexpr unsigned kDepths = 16;
    constexpr std::size_t kRun = 50;
    Element::Bytes product = Element::generator().bytes();
    double best = 1e300;
    for (unsigned depth = 0; depth < kDepths; ++depth)
        best = std::min(best, least(seconds / kDepths, kRun, [&] {
                            for (std::size_t i = 0; i < kRun; ++i)
                                multiply_at(depth, scalar, product);
                        }));
    return best;
}

void print(const char* who, const char* what, std::size_t batch, double microseconds, double bare) {
    std::printf("| %-10s | %-30s | %6zu | %9.1f | %8.0f | %5.2f |\n", who, what, batch, microseconds,
                1e6 / microseconds, microseconds / bare);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 2;
    const KeyPair key = KeyPair::generate().value();

    std::printf("| %-10s | %-30s | %6s | %9s | %8s | %5s |\n| --- | --- | --- | --- | --- | --- |\n", "who", "what",
                "batch", "us each", "a second", "times");
    const double bare = bare_microseconds(seconds, key.secret());
    print("libsodium", "bare scalar multiplication", 1, bare, bare);
    for (const std::size_t batch : {std::size_t{1}, std::size_t{100}, std::size_t{10000}}) {
        std::vector<std::string> inputs;
        std::vector<ByteView> views;
        std::vector<Blind> blinds;
        for (std::size_t i = 0; i < batch; ++i) {
            inputs.push_back("2550675111" + std::to_string(10000 + i));
            blinds.push_back(Blind::random());
        }
        for (const std::string& input : inputs)
            views.emplace_back(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
        std::vector<Element> blinded;
        const auto measure = [&](const char* who, const char* what, auto&& work) {
            print(who, what, batch, least(seconds, batch, work), bare);
        };
        measure("source", "blind", [&] {
            blinded.clear();
            for (std::size_t i = 0; i < batch; ++i)
                blinded.push_back(blind(views[i], blinds[i]).value());
        });
        std::vector<Element> evaluated;
        measure("key holder", "evaluate", [&] { evaluated = key.evaluate(blinded).value(); });
        measure("key holder", "evaluate and prove", [&] {
            evaluated = key.evaluate(blinded).value();
            must(prove(key, blinded, evaluated).ok());
        });
        const Message request = write_request(blinded).value();
        Message response;
        measure("key holder", "read, evaluate, prove, write", [&] { response = answer_request(key, request).value(); });
        const Proof proof = prove(key, blinded, evaluated).value();
        measure("source", "verify", [&] { must(Verified::check(key.public_key(), blinded, evaluated, proof).ok()); });
        const Verified verified = verify_response(response, request, key.public_key()).value();
        measure("source", "finalise", [&] { must(verified.finalise(views, blinds).ok()); });
    }
    return 0;
}
