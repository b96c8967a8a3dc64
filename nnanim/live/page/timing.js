// When things are done.

/** A function that runs once a frame at most, with the arguments of its latest call. */
export function eachFrame(work) {
  let waiting = null;
  return (...args) => {
    if (waiting === null) requestAnimationFrame(() => {
      const latest = waiting;
      waiting = null;
      work(...latest);
    });
    waiting = args;
  };
}
