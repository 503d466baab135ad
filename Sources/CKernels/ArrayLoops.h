// The table of loops over whole arrays.
#pragma once
#include "Planes.h"
#include "PointwiseInterpreter.h"
#include "RandomLoops.h"

#include "Float32.h"

#include "AxisLoops.h"
#include "MomentsLoops.h"
#include "SoftmaxLoops.h"
#include "WindowLoops.h"

#include "Float64.h"

#include "AxisLoops.h"
#include "MomentsLoops.h"
#include "SoftmaxLoops.h"
#include "WindowLoops.h"

static const tg_array_table TG_NAME(tg_arrays) = {
    .moments = {momentsF, momentsD},
    .max_pool = {maxPoolF, maxPoolD},
    .pick_from_windows = {pickFromWindowsF, pickFromWindowsD},
    .place_in_windows = {placeInWindowsF, placeInWindowsD},
    .cross_entropy = {crossEntropyF, crossEntropyD},
    .cross_entropy_gradient = {crossEntropyGradientF, crossEntropyGradientD},
    .axis_map = {axisMapF, axisMapD},
    .copy_plane = copyPlane,
    .add_plane = {addPlaneF, addPlaneD},
    .extremum = {extremumF, extremumD},
    .fill_random = fillRandom,
};
