// Version of the addon: that of package.json, which a test compares. Engine process.
#pragma once

namespace binding {

constexpr const char * addon_version = "0.1.0";

} // namespace binding
