#pragma once
// What Swift sees of the C half: the choice of instruction set, the tables of innermost loops, and
// the thread pool.
#include "Arrays.h"
#include "Contraction.h"
#include "InstructionSets.h"
#include "Pointwise.h"
#include "Processors.h"
#include "ThreadPool.h"
#include "Winograd.h"
