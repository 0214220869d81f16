# SPDX-License-Identifier: MIT
# Before 1.0.0 the second number changes when programs have to change.
set(PACKAGE_VERSION "@VERSION@")
string(REGEX MATCH "^[0-9]+\\.[0-9]+" _fluxvision_series "${PACKAGE_VERSION}")
string(REGEX MATCH "^[0-9]+\\.[0-9]+" _fluxvision_asked "${PACKAGE_FIND_VERSION}.0")
set(PACKAGE_VERSION_COMPATIBLE FALSE)
if(_fluxvision_series VERSION_EQUAL _fluxvision_asked AND NOT PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
endif()
