// Every screen's address begins with its Region, so that an address alone finds the screen:
// /console/us-east-1/kms/keys.
import { useCallback, useMemo } from 'react';
import { useLocation, useNavigate, useParams, type NavigateOptions } from 'react-router';

export const base = '/console';

/** useRegion is the Region of this screen. */
export function useRegion(): string {
  const { region } = useParams();
  if (!region) throw new Error('this screen has no Region');
  return region;
}

/** usePath makes the path of a screen ("/kms/keys") one in this Region, for href attributes. */
export function usePath(): (path: string) => string {
  const region = useRegion();
  return useCallback((path: string) => `${base}/${region}${path}`, [region]);
}

/** useGo goes to a screen of this Region. */
export function useGo(): (path: string, options?: NavigateOptions) => void {
  const region = useRegion();
  const navigate = useNavigate();
  return useCallback((path: string, options?: NavigateOptions) => void navigate(`/${region}${path}`, options), [region, navigate]);
}

/** useHere is the path of this screen without its Region, for navigations that mark it. */
export function useHere(): string {
  const region = useRegion();
  const { pathname } = useLocation();
  return useMemo(() => pathname.slice(region.length + 1) || '/', [pathname, region]);
}
