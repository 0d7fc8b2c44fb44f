// Addresses of the screens of trails.
export const trailsPath = '/cloudtrail/trails';
export const trailPath = (arn: string) => `${trailsPath}/${encodeURIComponent(arn)}`;
export const aboveTrail = [{ text: 'Trails', path: trailsPath }];
