// How long the page does not answer while something happens.

/**
 * Runs something and returns { task, frame } in milliseconds: the longest task of the page's main
 * thread (0 if none took 50 ms), and the longest time between two frames.
 */
export async function longest(page, act) {
  await page.evaluate(() => {
    const m = { task: 0, frame: 0, going: true };
    m.observer = new PerformanceObserver((list) => {
      for (const e of list.getEntries()) m.task = Math.max(m.task, e.duration);
    });
    m.observer.observe({ type: "longtask" });
    let last = performance.now();
    const frame = (t) => {
      m.frame = Math.max(m.frame, t - last);
      last = t;
      if (m.going) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    window.measured = m;
  });
  await act();
  return page.evaluate(async () => {
    const m = window.measured;
    await new Promise((done) => setTimeout(done, 100)); // a task is told of after it has ended
    m.going = false;
    m.observer.disconnect();
    return { task: Math.round(m.task), frame: Math.round(m.frame) };
  });
}

/** Counts the bytes of JavaScript that come over the network until stop() is called. */
export async function scripts(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
  const script = new Map();
  let bytes = 0;
  cdp.on("Network.responseReceived", (e) => e.type === "Script" && script.set(e.requestId, e.response.url));
  cdp.on("Network.loadingFinished", (e) => {
    if (script.has(e.requestId)) bytes += e.encodedDataLength;
  });
  return {
    async stop() {
      await cdp.detach();
      return { bytes, files: script.size };
    },
  };
}
