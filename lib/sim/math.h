/*
 * Functions that libm has, too, made of + - * / and square roots alone: their
 * last bit is the same on every machine and with every compiler, and so is
 * every number that a simulation draws.
 */
#ifndef SIM_MATH_H
#define SIM_MATH_H

/* Natural logarithm of a finite number above 0. */
double usher__sim_log(double x);
double usher__sim_exp(double x);
/* Cosine of a full turn's part, from 0 to 1. */
double usher__sim_cos_turn(double part);
/* Logarithm of the gamma function of a number above 0. */
double usher__sim_log_gamma(double x);

#endif
