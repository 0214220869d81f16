include $(sort $(wildcard $(BR2_EXTERNAL_FLUXVISION_PATH)/package/*/*.mk))
# SPDX-License-Identifier: MIT
