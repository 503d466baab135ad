// The words in which loops for either precision are written, meaning float32 from here on. Loops
// written in them live in headers that are included twice.
#undef REAL
#undef VECTOR
#undef INTEGERS
#undef INTEGER
#undef LANES
#undef OF
#define REAL float
#define VECTOR VF
#define INTEGERS VI
#define INTEGER int32_t
#define LANES FLOAT_LANES
#define OF(name) name##F
