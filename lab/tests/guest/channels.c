// SPDX-License-Identifier: GPL-2.0
/* channels INTERFACE N - sets N queue pairs, as ethtool -L does; prints "HAS of MOST" */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int channels(int fd, const char *name, __u32 command, struct ethtool_channels *request)
{
	struct ifreq ifr = { .ifr_data = (void *)request };

	request->cmd = command;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ioctl(fd, SIOCETHTOOL, &ifr);
}

int main(int argc, char **argv)
{
	struct ethtool_channels request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 3 || fd < 0 || channels(fd, argv[1], ETHTOOL_GCHANNELS, &request)) {
		fprintf(stderr, "channels: %s\n", strerror(errno));
		return 1;
	}
	request.combined_count = atoi(argv[2]);
	channels(fd, argv[1], ETHTOOL_SCHANNELS, &request);
	if (channels(fd, argv[1], ETHTOOL_GCHANNELS, &request))
		return 1;
	printf("%u of %u\n", request.combined_count, request.max_combined);
	return 0;
}
