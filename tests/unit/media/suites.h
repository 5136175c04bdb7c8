#ifndef TESTS_MEDIA_SUITES_H
#define TESTS_MEDIA_SUITES_H

#include <check.h>

TCase *rtp_case(void);
TCase *legs_case(void);
TCase *play_case(void);
TCase *digits_case(void);
TCase *engine_case(void);
TCase *rec_case(void);
TCase *recfile_case(void);
TCase *hostile_case(void);
TCase *meanwhile_case(void);
TCase *jitter_case(void);
TCase *mix_case(void);
TCase *paths_case(void);
TCase *moved_case(void);
TCase *numbers_case(void);
TCase *lines_case(void);
TCase *rooms_case(void);
TCase *dtmf_case(void);
TCase *inband_case(void);
TCase *quality_case(void);
TCase *srtp_case(void);
TCase *opus_case(void);
TCase *opuscodec_case(void);
TCase *press_case(void);
TCase *noise_case(void);
TCase *order_case(void);
TCase *disorder_case(void);
TCase *tones_case(void);
TCase *t140_case(void);
TCase *t140text_case(void);
TCase *textleg_case(void);
TCase *video_case(void);

#endif
