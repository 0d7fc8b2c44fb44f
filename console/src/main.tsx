import './app/leaving';
import '@cloudscape-design/global-styles/index.css';
import './style.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';

createRoot(document.getElementById('app')!).render(<App />);
