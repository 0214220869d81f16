# SPDX-License-Identifier: MIT
# find_package(fluxvision): targets fluxvision::static, and fluxvision::shared if that is installed.
# fluxvision::fluxvision is the static one, or with BUILD_SHARED_LIBS the shared one.
if(TARGET fluxvision::fluxvision)
    return()
endif()
get_filename_component(_fluxvision_lib "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
get_filename_component(_fluxvision_include "${CMAKE_CURRENT_LIST_DIR}/@INCLUDE@" ABSOLUTE)

add_library(fluxvision::static STATIC IMPORTED)
set_target_properties(fluxvision::static PROPERTIES IMPORTED_LOCATION "${_fluxvision_lib}/libfluxvision.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES C INTERFACE_INCLUDE_DIRECTORIES "${_fluxvision_include}"
    INTERFACE_LINK_LIBRARIES "@LIBRARIES@")
if(EXISTS "${_fluxvision_lib}/libfluxvision.so")
    add_library(fluxvision::shared SHARED IMPORTED)
    set_target_properties(fluxvision::shared PROPERTIES IMPORTED_LOCATION "${_fluxvision_lib}/libfluxvision.so"
        INTERFACE_INCLUDE_DIRECTORIES "${_fluxvision_include}")
endif()

add_library(fluxvision::fluxvision INTERFACE IMPORTED)
if(BUILD_SHARED_LIBS AND TARGET fluxvision::shared)
    set_target_properties(fluxvision::fluxvision PROPERTIES INTERFACE_LINK_LIBRARIES fluxvision::shared)
else()
    set_target_properties(fluxvision::fluxvision PROPERTIES INTERFACE_LINK_LIBRARIES fluxvision::static)
endif()
unset(_fluxvision_lib)
unset(_fluxvision_include)
