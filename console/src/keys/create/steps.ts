// Going through the steps of a wizard: nobody goes on from a step with something wrong in it.
import { useState } from 'react';

export function useSteps<E extends object>(errorsAt: (step: number) => E) {
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState<number>();
  /** open goes to a step, or to the first one before it in which something is wrong, and says whether it is the step that was wanted. */
  const open = (to: number, from = step): boolean => {
    for (let i = from; i < to; i++) {
      if (Object.keys(errorsAt(i)).length > 0) {
        setStep(i);
        setTried(i);
        return false;
      }
    }
    setStep(to);
    setTried(undefined);
    return true;
  };
  return { step, setStep, open, tried: tried === step, errors: tried === step ? errorsAt(step) : ({} as E) };
}
