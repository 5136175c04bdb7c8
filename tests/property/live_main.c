/*
 * usage: liveness [--seeds N] [--seed S] [--circles N]
 *
 * Overloaded centers under every policy and every order, N times each, and
 * queues that send contacts to each other. On failure it names the policy,
 * the order and the seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"

/* Flooded with calls or with chats, and with agents who refuse or without. */
#define SEEDS   4
#define CIRCLES 3000

/* The first that fails is told. */
static int run_all(uint64_t seed)
{
	char failure[400];

	for (size_t p = 0; p < live_policy_count; p++) {
		for (size_t o = 0; o < live_order_count; o++) {
			if (live_run(live_policies[p], live_orders[o], seed,
				     failure, sizeof(failure)))
				continue;
			printf("liveness: seed %llu, %s, %s: %s\n",
			       (unsigned long long)seed, live_policies[p],
			       live_orders[o], failure);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t seeds = SEEDS, seed = 1, circles = CIRCLES;
	char failure[400];
	int failed = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--seeds"))
			seeds = strtoull(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--seed"))
			seed = strtoull(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--circles"))
			circles = strtoull(argv[i + 1], NULL, 10);
		else
			return 2;
	}
	for (uint64_t i = 0; !failed && i < seeds; i++)
		failed = run_all(seed + i);
	for (uint64_t i = 0; !failed && i < circles; i++) {
		if (circles_run(seed + i, failure, sizeof(failure)))
			continue;
		printf("liveness: seed %llu, circles: %s\n",
		       (unsigned long long)(seed + i), failure);
		failed = 1;
	}
	printf("%zu policies, %zu orders, %llu times each; %llu circles; "
	       "%s\n",
	       live_policy_count, live_order_count, (unsigned long long)seeds,
	       (unsigned long long)circles, failed ? "failed" : "all live on");
	return failed;
}
