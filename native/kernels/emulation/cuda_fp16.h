// See emulation.h.
#pragma once
#include "emulation.h"
