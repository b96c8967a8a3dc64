// Steps in which a film counts lengths, light and time.

/** Frame units of a step: of a place, of a width; light of a step of alpha; em of a step of an outline. */
export const PLACE = 1 / 4000, WIDTH = 1 / 8000, ALPHA = 1 / 32767, EM = 1 / 2000;

/** Steps of time in a phase. */
export const MOMENT = 32767;

/** Alpha, in steps, below which nothing of a shape is seen. */
export const UNSEEN = 0.5;

export const TURN = 2 * Math.PI;
