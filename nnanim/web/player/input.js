// Keys, clicks and fingers.

/** Pixels that a finger moves before it is a swipe, and seconds that it may take. */
const SWIPE = 50;
const QUICK = 600;

/**
 * Let a theatre be led by keys and fingers.
 * A listener that has used a click on the stage itself calls its preventDefault: then the film does not stop or go on.
 * @param {import("./theatre.js").Theatre} theatre
 */
export function listen(theatre) {
  const { player, controls, stage } = theatre;
  const keys = {
    " ": () => player.toggle(),
    k: () => player.toggle(),
    ArrowRight: (event) => (event.shiftKey ? player.seek(player.seconds + 1 / 30) : player.next()),
    ArrowLeft: (event) => (event.shiftKey ? player.seek(player.seconds - 1 / 30) : player.previous()),
    PageDown: () => player.next(),
    PageUp: () => player.previous(),
    Home: () => player.seek(player.start),
    End: () => player.seek(player.end),
    ".": () => player.seek(player.seconds + 1 / 30),
    ",": () => player.seek(player.seconds - 1 / 30),
    "+": () => controls.changePace(1),
    "-": () => controls.changePace(-1),
    c: () => theatre.nextCaption(),
    l: () => controls.nextOf("lang", "languages"),
    t: () => controls.nextOf("theme", "themes"),
    r: () => controls.nextOf("frame", "frames"),
    s: () => controls.toggleStep(),
    m: () => theatre.contents.toggle(),
    f: () => theatre.fullScreen(),
    Escape: () => theatre.contents.toggle(false),
  };
  (theatre.settings.embedded ? theatre.host : document).addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !player.cut) return;
    const { target } = event;
    if (target.matches?.("textarea, select, input:not([type=range])")) return;
    // A button that has the focus is pressed by the bar; arrows on the slider lead from sentence to sentence.
    if (target.matches?.("button") && event.key === " ") return;
    const act = keys[event.key] || keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  });

  let from = null;
  let swiped = -Infinity;
  stage.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, y: event.clientY, at: event.timeStamp };
  });
  stage.addEventListener("pointerup", (event) => {
    if (!from || !player.cut) return;
    const [across, down] = [event.clientX - from.x, event.clientY - from.y];
    const quick = event.timeStamp - from.at < QUICK;
    from = null;
    if (event.pointerType !== "mouse" && quick && Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(down)) {
      swiped = event.timeStamp;
      if (across < 0) player.next();
      else player.previous();
    }
  });
  stage.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.timeStamp - swiped < 100 || !player.cut) return;
    player.toggle();
  });
  stage.addEventListener("dblclick", () => theatre.fullScreen());
}
