// Exact coins of probability exp(-x): the source of every exponential tail here.
// Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential Privacy" (2020), Algorithm 1.
#pragma once

#include "core/pure.hpp"

#include "core/big_integer.hpp"
#include "core/noise/random_source.hpp"

namespace health_dp::core {

// True with probability exactly exp(-x).
bool bernoulli_exp_minus(const Rational& x, RandomSource& random);

// The same for x = numerator / denominator, which need not be in lowest terms. denominator > 0.
bool bernoulli_exp_minus(Unsigned128 numerator, Unsigned128 denominator, RandomSource& random);
bool bernoulli_exp_minus(const BigInteger& numerator, const BigInteger& denominator, RandomSource& random);

// x = 1: needs no arithmetic.
bool bernoulli_exp_minus_one(RandomSource& random);

} // namespace health_dp::core
