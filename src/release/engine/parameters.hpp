// What the engine needs to know, as plain data: it also travels to parallel workers through shared memory.
#pragma once

#include "core/bounding/shape.hpp"
#include "release/plan/plan.hpp"

namespace health_dp::release {

// The integer grid of a value [C5]: value = grid units · 2^-exponent or · 10^-exponent.
enum class GridKind : int32 { unit, binary, decimal };
struct Grid {
    GridKind kind;
    int32 exponent;
};

struct InputParameters {
    Oid type;
    Grid grid;
    int64 lower; // on the grid
    int64 upper;
};

struct MeasurementParameters {
    bounding::MeasurementKind kind;
    int32 input;
};

constexpr int kMaxMeasurements = 2 * kMaxOutputs;
static_assert(kMaxOutputs <= static_cast<int>(bounding::kMaxInputs));

struct Parameters {
    uint32 max_groups;
    uint32 max_rows;
    int32 inputs;
    InputParameters input[kMaxOutputs];
    int32 measurements;
    MeasurementParameters measurement[kMaxMeasurements];
    uint32 owner_bytes; // 8 or 16
    uint8 choice_key[16];
    uint8 owner_key[16];
    uint8 group_key[16];
};

// A declared bound as a value of the column's type: outwards to the type's grid, inwards to its range.
Datum bound_of_type(Oid type, const char* digits, bool upper);

// Evaluated bounds to grid and integer bounds; errors kBadBounds.
void place_on_grid(Oid type, Datum lower, bool lower_null, Datum upper, bool upper_null, InputParameters* input);

// Reads values of one type onto one grid. Holds what numeric needs; lives in the memory context it is made in.
struct ValueReader {
    InputParameters input;
    double lower_float, upper_float;
    Datum lower_numeric, upper_numeric, scale_numeric;
};
void prepare_reader(const InputParameters& input, ValueReader* reader);
int64 read_value(const ValueReader& reader, Datum value);

bounding::Shape make_shape(const Parameters& parameters);

} // namespace health_dp::release
